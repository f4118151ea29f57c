/** Exports of this person that the page shows, and how far those are that are being written. */
import { api, ask, type Refused, type Schemas } from "../../api/client";

export type Export = Schemas["ExportOut"];
export type Form = Export["format"];
type Asked = Schemas["ExportIn"];
const EACH_MS = 1000;
const GONE = 404;

export class Exports {
  /** Newest first: those being written, and those that were done while this page was open. */
  shown = $state.raw<readonly Export[]>([]);
  /** The others of the last day, whose files are still there. */
  earlier = $state.raw<readonly Export[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(readonly onended: (one: Export) => void) {}

  /** Also one that was asked for before the page was loaded anew is found again. */
  async load(): Promise<void> {
    const { exports } = await ask(api.GET("/api/v1/exports"));
    const known = new Set(this.shown.map((one) => one.id));
    const here = (one: Export): boolean => known.has(one.id) || one.state === "waiting";
    this.shown = exports.filter(here);
    this.earlier = exports.filter((one) => !here(one));
    this.#follow();
  }
  async start(asked: Asked): Promise<void> {
    const made = await ask(api.POST("/api/v1/exports", { body: asked }));
    this.shown = [made, ...this.shown];
    this.#follow();
  }
  async remove(id: string): Promise<void> {
    await ask(api.DELETE("/api/v1/exports/{export_id}", { params: { path: { export_id: id } } }));
    this.#forget(id);
  }
  /** No longer to be looked at; the file stays for its day. */
  putAway(one: Export): void {
    this.#forget(one.id);
    this.earlier = [one, ...this.earlier];
  }
  /** The page is gone: nobody looks any more. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #forget(id: string): void {
    this.shown = this.shown.filter((one) => one.id !== id);
    this.earlier = this.earlier.filter((one) => one.id !== id);
  }
  #follow(): void {
    clearTimeout(this.#timer);
    if (!this.#over && this.shown.some((one) => one.state === "waiting"))
      this.#timer = setTimeout(() => void this.#look(), EACH_MS);
  }
  async #look(): Promise<void> {
    const waiting = this.shown.filter((one) => one.state === "waiting");
    await Promise.all(waiting.map((one) => this.#lookAt(one.id)));
    this.#follow();
  }
  async #lookAt(id: string): Promise<void> {
    try {
      const now = await ask(api.GET("/api/v1/exports/{export_id}", { params: { path: { export_id: id } } }));
      this.shown = this.shown.map((one) => (one.id === id ? now : one));
      if (now.state !== "waiting" && !this.#over) this.onended(now);
    } catch (error) {
      // Deleted elsewhere. Whatever else it is may be over the next time.
      if ((error as Refused).status === GONE) this.#forget(id);
    }
  }
}
