/** In whose time zone each camera hangs; asked once, and again when a camera is met that is not known. */
import { SvelteMap } from "svelte/reactivity";
import { api, ask } from "./client";
import { session } from "./session.svelte";

const AGAIN_MS = 60_000;

class Zones {
  #known = new SvelteMap<string, string>();
  #askedAt = -AGAIN_MS;

  /** Its IANA zone; undefined while it is not known, or not told to who looks. */
  of(camera: string): string | undefined {
    const zone = this.#known.get(camera);
    if (zone === undefined && session.may("cameras:read") && performance.now() - this.#askedAt > AGAIN_MS) {
      this.#askedAt = performance.now();
      // After the page: it needs this for a few words only.
      setTimeout(() => void this.#load(), 0);
    }
    return zone;
  }

  async #load(): Promise<void> {
    const told = await ask(api.GET("/api/v1/cameras")).catch(() => null);
    for (const camera of told?.cameras ?? []) this.#known.set(camera.id, camera.settings.zone);
  }
}

export const zones = new Zones();
