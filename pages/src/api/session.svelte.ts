/** Who looks at the pages, and what they may: no control is shown that its user may not use. */
import { api, ask, onSignedOut, type Schemas } from "./client";

type Me = Schemas["Me"];

class Session {
  me = $state<Me | null>(null);
  /** The session ended while a page was open. */
  over = $state(false);

  constructor() {
    onSignedOut(() => {
      if (this.me) this.over = true;
    });
  }

  /** Whether this person holds a scope such as `lists:write`. */
  may(scope: string): boolean {
    const scopes: readonly string[] = this.me?.scopes ?? [];
    return scopes.includes(scope) || scopes.includes("*");
  }

  get admin(): boolean {
    return this.me?.role === "admin";
  }

  async load(): Promise<boolean> {
    const { data, response } = await api.GET("/api/v1/session");
    if (!response.ok) return false;
    this.enter(data as Me);
    return true;
  }

  enter(me: Me): void {
    this.me = me;
    this.over = false;
  }

  async leave(): Promise<void> {
    await ask(api.DELETE("/api/v1/session"));
    location.assign("/sign-in");
  }
}

export const session = new Session();
