/** The cameras and the last passage at each. */
import { SvelteMap } from "svelte/reactivity";
import { api, ask, type Schemas } from "../../api/client";
import type { Event } from "./feed.svelte";
import { heard } from "./renewed";

/** What follows a passage (a barrier that opens, a delivery) is asked for so long; the feed does not tell it. */
const FOLLOWED_MS = 120_000;

export class Cameras {
  all = $state.raw<Schemas["CameraOut"][]>([]);
  loaded = $state(false);
  last = new SvelteMap<string, Event>();
  #asked = new Set<string>();

  async load(): Promise<void> {
    try {
      const { cameras } = await ask(api.GET("/api/v1/cameras"));
      this.all = cameras;
      this.loaded = true;
      await Promise.all(
        cameras.filter((one) => this.#mayHaveChanged(one.id)).map((one) => this.#lastOf(one.id)),
      );
    } catch {
      // The dot in the bar says what is wrong; what is shown stays.
    }
  }

  put(event: Event): void {
    const before = this.last.get(event.camera_id);
    const same = before?.event_id === event.event_id;
    if (before && !same && Date.parse(before.captured_at) > Date.parse(event.captured_at)) return;
    this.last.set(event.camera_id, same ? heard(event, before) : event);
  }

  /** Passages that a person changed. */
  renew(events: readonly Event[]): void {
    for (const event of events)
      if (this.last.get(event.camera_id)?.event_id === event.event_id) this.last.set(event.camera_id, event);
  }

  #mayHaveChanged(camera: string): boolean {
    const last = this.last.get(camera);
    return !this.#asked.has(camera) || (!!last && Date.now() - Date.parse(last.last_seen) < FOLLOWED_MS);
  }

  async #lastOf(camera: string): Promise<void> {
    const query = { camera: [camera], limit: 1, unread: "with" as const };
    const page = await ask(api.GET("/api/v1/events", { params: { query } }));
    this.#asked.add(camera);
    for (const event of page.events) {
      this.put(event);
      if (this.last.get(camera)?.event_id === event.event_id) this.last.set(camera, event);
    }
  }
}
