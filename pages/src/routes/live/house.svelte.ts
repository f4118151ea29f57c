/** What a gatehouse knows: its camera, the last passages there, and hits of the black list that wait for an answer. */
import { api, ask, type Schemas } from "../../api/client";
import { session } from "../../api/session.svelte";
import { heard } from "../events/renewed";

export type Passage = Schemas["EventOut"];
export type Meaning = "deny" | "allow" | "watch" | "none";
const SHOWN = 6;

/** The list that counts stands first. */
export function meaningOf(lists: readonly string[]): Meaning {
  const first = lists[0];
  return first === "black" ? "deny" : first === "white" ? "allow" : first ? "watch" : "none";
}

export class House {
  camera = $state.raw<Schemas["CameraOut"] | null>(null);
  /** Newest first. */
  passages = $state.raw<readonly Passage[]>([]);
  hits = $state.raw<readonly Passage[]>([]);
  /** The entry that named the last plate: who that is. */
  entry = $state.raw<Schemas["EntryOut"] | null>(null);
  barriers = $state.raw<readonly Schemas["DestinationOut"][]>([]);
  refused = $state("");
  #answered = new Set<string>();
  #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  get last(): Passage | undefined {
    return this.passages[0];
  }

  async load(): Promise<void> {
    try {
      const path = { camera_id: this.#id };
      this.camera = await ask(api.GET("/api/v1/cameras/{camera_id}", { params: { path } }));
      const query = { camera: [this.#id], limit: SHOWN, unread: "with" as const };
      const page = await ask(api.GET("/api/v1/events", { params: { query } }));
      this.#put(page.events);
      this.refused = "";
    } catch (error) {
      this.refused = (error as Error).message;
    }
  }

  /** Barriers that this person may open. */
  async loadBarriers(): Promise<void> {
    if (!session.may("barriers:open") || !session.may("destinations:read")) return;
    const { destinations } = await ask(api.GET("/api/v1/destinations"));
    this.barriers = destinations.filter((one) => one.kind === "barrier" && one.enabled);
  }

  hear(event: Passage): void {
    if (event.camera_id !== this.#id) return;
    this.#put([
      heard(
        event,
        this.passages.find((one) => one.event_id === event.event_id),
      ),
    ]);
    const fresh = !this.#answered.has(event.event_id);
    if (event.lists[0] !== "black" || !fresh) return;
    this.hits = [event, ...this.hits.filter((one) => one.event_id !== event.event_id)];
  }

  /** Somebody has seen the hits; later news of the same passages do not sound again. */
  answer(): void {
    for (const hit of this.hits) this.#answered.add(hit.event_id);
    this.hits = [];
  }

  #put(events: readonly Passage[]): void {
    const before = this.last;
    const all = new Map([...this.passages, ...events].map((one) => [one.event_id, one]));
    this.passages = [...all.values()]
      .sort((a, b) => Date.parse(b.captured_at) - Date.parse(a.captured_at))
      .slice(0, SHOWN);
    const last = this.last;
    if (last && (last.event_id !== before?.event_id || last.plate !== before.plate)) void this.#name(last);
  }

  async #name(event: Passage): Promise<void> {
    this.entry = null;
    const hit = event.hits[0];
    if (!hit || !session.may("lists:read")) return;
    const params = { path: { name: hit.list }, query: { find: hit.entry, limit: 20 } };
    // Who the plate belongs to is extra: without it the list still shows.
    const found = await ask(api.GET("/api/v1/lists/{name}/entries", { params })).catch(() => null);
    if (this.last?.event_id !== event.event_id) return;
    this.entry = found?.entries.find((one) => one.plate === hit.entry) ?? null;
  }
}
