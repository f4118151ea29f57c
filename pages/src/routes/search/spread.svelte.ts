/** How what was found is spread over time and cameras; asked after the passages, so that they never wait for it. */
import { api, ask, type Refused, type Schemas } from "../../api/client";
import type { Query } from "./asked";

export type Told = Schemas["Distribution"];
/** Who changes a search again at once keeps the site from counting what nobody looks at. */
const PAUSE_MS = 250;

export class Spread {
  told = $state.raw<Told | null>(null);
  busy = $state(false);
  refused = $state("");

  /** Counts what a search finds; what is returned calls it off. */
  count(query: Query): () => void {
    const off = new AbortController();
    const timer = setTimeout(() => void this.#load(query, off.signal), PAUSE_MS);
    this.busy = true;
    return () => {
      clearTimeout(timer);
      off.abort();
    };
  }

  async #load(query: Query, signal: AbortSignal): Promise<void> {
    this.refused = "";
    try {
      const told = await ask(api.GET("/api/v1/events/distribution", { params: { query }, signal }));
      if (!signal.aborted) this.told = told as Told;
    } catch (error) {
      if (!signal.aborted) [this.told, this.refused] = [null, (error as Refused).message];
    } finally {
      if (!signal.aborted) this.busy = false;
    }
  }
}
