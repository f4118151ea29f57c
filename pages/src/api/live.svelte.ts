/** The live feed of events, one connection for the whole page; it resumes where it stopped. */
import type { Schemas } from "./client";

type Event = Schemas["EventOut"];
const AGAIN_MS = 3000;

class Live {
  connected = $state(true);
  /** Rises when the feed is back after a break: what a page shows may have missed changes. */
  resumed = $state(0);
  #source: EventSource | undefined;
  #listeners = new Set<(event: Event) => void>();

  /** Calls `hear` for each event from now on, until the returned function is called. */
  follow(hear: (event: Event) => void): () => void {
    this.#listeners.add(hear);
    if (!this.#source) this.#connect();
    return () => {
      this.#listeners.delete(hear);
    };
  }

  #connect(): void {
    const source = new EventSource("/api/v1/live");
    this.#source = source;
    source.addEventListener("open", () => {
      if (!this.connected) this.resumed += 1;
      this.connected = true;
    });
    source.addEventListener("event", (message) => {
      const event = JSON.parse(message.data) as Event;
      for (const hear of this.#listeners) hear(event);
    });
    source.addEventListener("error", () => {
      this.connected = false;
      // A refusal ends an EventSource for good (a service that restarts answers 502): begin anew.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#connect(), AGAIN_MS);
    });
  }
}

export const live = new Live();
