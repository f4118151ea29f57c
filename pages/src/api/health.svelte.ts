/** How the site is, asked every few seconds for the dot in the bar. */
import { api, type Schemas } from "./client";
import { t } from "../texts";

type Health = Schemas["Health"];
type Check = Health["checks"][string];
export type Level = "asking" | "ok" | "degraded" | "failing";
const EVERY_MS = 5000;

class SiteHealth {
  checks = $state<Record<string, Check>>({});
  asked = $state(false);

  get bad(): [string, Check][] {
    return Object.entries(this.checks).filter(([, check]) => check.status !== "ok");
  }

  get level(): Level {
    if (!this.asked) return "asking";
    if (this.bad.some(([, check]) => check.status === "failing")) return "failing";
    return this.bad.length > 0 ? "degraded" : "ok";
  }

  /** Two words when all is well, a count, or the sentence of what fails. */
  get words(): string {
    if (this.level === "asking") return t("health.asking");
    const failing = this.bad.find(([, check]) => check.status === "failing");
    if (failing?.[1].sentence) return failing[1].sentence;
    return this.bad.length === 0 ? t("health.ok") : t("health.count", { count: this.bad.length });
  }

  /** Asks now and again and again, until the returned function is called. */
  watch(): () => void {
    void this.#ask();
    const timer = setInterval(() => void this.#ask(), EVERY_MS);
    return () => clearInterval(timer);
  }

  async #ask(): Promise<void> {
    // A site that fails answers 503 with the same document.
    const { data, error } = await api.GET("/api/v1/health").catch((reason: Error) => ({
      data: undefined,
      error: { checks: { service: { status: "failing", sentence: reason.message } } },
    }));
    const told = (data ?? error) as Health | undefined;
    if (told?.checks) this.checks = told.checks;
    this.asked = true;
  }
}

export const health = new SiteHealth();
