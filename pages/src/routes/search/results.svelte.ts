/** One page of what was found. The pages before are known by their cursors, so that the browser holds one only. */
import { SvelteMap } from "svelte/reactivity";
import { api, ask, Refused, type Schemas } from "../../api/client";
import { anew } from "../events/renewed";
import { toApi, type Asked, type Query } from "./asked";

export type Event = Schemas["EventOut"];
const PAGE = 50;
/** More plates than this are work for an import. */
export const MOST_SELECTED = 500;

export class Results {
  events = $state.raw<readonly Event[]>([]);
  loaded = $state(false);
  busy = $state(false);
  refused = $state<Refused | null>(null);
  /** The search whose passages are shown, for whatever else is to be asked of it; null after a refusal. */
  shown = $state.raw<Query | null>(null);
  /** What is selected, also on other pages of the same search. */
  selected = new SvelteMap<string, Event>();
  /** Cursors of the pages up to this one; null is the first. */
  #places = $state<(string | null)[]>([null]);
  #next = $state<string | null>(null);
  #asked: Query = {};
  /** A shared link shows a page without those before it: how many they are is not known. */
  #fromStart = $state(true);
  #turn = 0;

  get hasNext(): boolean {
    return this.#next !== null;
  }
  get hasPrevious(): boolean {
    return this.#places.length > 1;
  }
  /** How many were found up to the end of this page; null where it is not known. */
  get counted(): number | null {
    return this.#fromStart ? (this.#places.length - 1) * PAGE + this.events.length : null;
  }
  /** The cursor of this page, for the address. */
  get place(): string | null {
    return this.#places.at(-1) ?? null;
  }

  /** A new search; `place` is the page that a shared link shows. */
  async search(asked: Asked, reason: string, place: string | null = null): Promise<void> {
    this.#asked = { ...toApi(asked, new Date()), ...(reason && { reason }) };
    this.#fromStart = place === null;
    this.selected.clear();
    await this.#show(place ? [null, place] : [null]);
  }
  async next(): Promise<void> {
    if (this.#next && !this.busy) await this.#show([...this.#places, this.#next]);
  }
  async previous(): Promise<void> {
    if (this.hasPrevious && !this.busy) await this.#show(this.#places.slice(0, -1));
  }

  /** The tags of one were changed. */
  retag(id: string, tags: string[]): void {
    this.events = this.events.map((one) => (one.event_id === id ? { ...one, tags } : one));
  }
  toggle(event: Event, on: boolean): void {
    if (!on) this.selected.delete(event.event_id);
    else if (this.selected.size < MOST_SELECTED) this.selected.set(event.event_id, event);
  }

  /** Passages that a person changed. */
  async renew(ids: readonly string[]): Promise<void> {
    const shown = new Set(this.events.map((one) => one.event_id));
    const fresh = new Map((await anew(ids.filter((id) => shown.has(id)))).map((one) => [one.event_id, one]));
    const newest = (one: Event): Event => fresh.get(one.event_id) ?? one;
    this.events = this.events.map(newest);
    for (const [id, event] of this.selected) this.selected.set(id, newest(event));
  }

  async #show(places: (string | null)[]): Promise<void> {
    const turn = ++this.#turn;
    const cursor = places.at(-1);
    this.busy = true;
    try {
      const query = { ...this.#asked, limit: PAGE, ...(cursor && { cursor }) };
      const page = await ask(api.GET("/api/v1/events", { params: { query } }));
      // A search that was changed meanwhile has asked anew.
      if (turn !== this.#turn) return;
      this.events = page.events as Event[];
      this.#next = page.next ?? null;
      this.#places = places;
      this.refused = null;
      this.loaded = true;
      this.shown = this.#asked;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.refused = error as Refused;
      this.shown = null;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}
