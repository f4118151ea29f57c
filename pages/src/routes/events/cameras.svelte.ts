/** The cameras and the last passage at each. */
import { SvelteMap } from "svelte/reactivity";
import { api, ask, type Schemas } from "../../api/client";
import type { Event } from "./feed.svelte";

export class Cameras {
  all = $state.raw<Schemas["CameraOut"][]>([]);
  last = new SvelteMap<string, Event>();

  async load(): Promise<void> {
    try {
      const { cameras } = await ask(api.GET("/api/v1/cameras"));
      const known = new Set(this.all.map((one) => one.id));
      this.all = cameras;
      await Promise.all(cameras.filter((one) => !known.has(one.id)).map((one) => this.#lastOf(one.id)));
    } catch {
      // The dot in the bar says what is wrong; what is shown stays.
    }
  }

  put(event: Event): void {
    const before = this.last.get(event.camera_id);
    if (before && before.event_id !== event.event_id && before.captured_at > event.captured_at) return;
    this.last.set(event.camera_id, event);
  }

  async #lastOf(camera: string): Promise<void> {
    const page = await ask(api.GET("/api/v1/events", { params: { query: { camera, limit: 1 } } }));
    for (const event of page.events) this.put(event);
  }
}
