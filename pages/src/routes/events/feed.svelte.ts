/** The passages that the page shows: live ones on top, older ones by pages, and nothing jumps under a reader. */
import { api, ask, type Schemas } from "../../api/client";

export type Event = Schemas["EventOut"];
export interface Filters {
  camera: string;
  list: string;
  direction: "" | "in" | "out";
  country: string;
  plate: string;
  /** Also passages whose plate could not be read. */
  unread: boolean;
}
export const NO_FILTERS: Filters = {
  camera: "",
  list: "",
  direction: "",
  country: "",
  plate: "",
  unread: false,
};

const PAGE = 50;
/** More rows than this make a browser slow; what is older is for Search. */
export const MOST_ROWS = 500;

const newer = (a: Event, b: Event): number =>
  Date.parse(b.captured_at) - Date.parse(a.captured_at) || (a.event_id < b.event_id ? 1 : -1);

export class Feed {
  events = $state.raw<Event[]>([]);
  waiting = $state.raw<Event[]>([]);
  next = $state<string | null>(null);
  loaded = $state(false);
  refused = $state("");
  filters = $state<Filters>({ ...NO_FILTERS });
  /** Ids that came while the page was looked at; they fade in. */
  fresh = new Set<string>();
  #turn = 0;

  get filtered(): boolean {
    return Object.entries(this.filters).some(([name, value]) => name !== "unread" && value !== "");
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    const page = await this.#page();
    // A filter that was changed meanwhile has asked anew.
    if (!page || turn !== this.#turn) return;
    this.events = [...page.events];
    this.waiting = [];
    this.next = page.next ?? null;
    this.loaded = true;
  }

  async older(): Promise<void> {
    if (!this.next || this.events.length >= MOST_ROWS) return;
    const turn = this.#turn;
    const page = await this.#page(this.next);
    if (!page || turn !== this.#turn) return;
    this.#put(page.events);
    this.next = page.next ?? null;
  }

  /** Asks again for the newest: the live feed does not carry deliveries. */
  async refresh(held: boolean): Promise<void> {
    const turn = this.#turn;
    const page = await this.#page();
    if (!page || turn !== this.#turn) return;
    const known = new Set(this.events.map((one) => one.event_id));
    this.#put(page.events.filter((one) => known.has(one.event_id)));
    for (const event of page.events) if (!known.has(event.event_id)) this.#take(event, held);
  }

  arrive(told: Event, held: boolean): void {
    const known = this.events.find((one) => one.event_id === told.event_id);
    const event = { ...told, deliveries: known?.deliveries ?? [], commands: known?.commands ?? [] };
    if (known) this.#put([event]);
    else if (this.#fits(event)) this.#take(event, held);
  }

  release(): void {
    for (const event of this.waiting) this.fresh.add(event.event_id);
    this.#put(this.waiting);
    this.waiting = [];
  }

  #take(event: Event, held: boolean): void {
    if (held) this.waiting = [...this.waiting.filter((one) => one.event_id !== event.event_id), event];
    else {
      this.fresh.add(event.event_id);
      this.#put([event]);
    }
  }

  #put(events: readonly Event[]): void {
    const all = new Map([...this.events, ...events].map((one) => [one.event_id, one]));
    this.events = [...all.values()].sort(newer).slice(0, MOST_ROWS);
  }

  async #page(cursor: string | null = null) {
    const { camera, list, direction, country, plate, unread } = this.filters;
    const given = { camera, list, direction, country, plate: plate.trim(), cursor: cursor ?? "" };
    const query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
    const asked = { ...query, limit: PAGE, unread: unread ? ("with" as const) : ("without" as const) };
    try {
      const page = await ask(api.GET("/api/v1/events", { params: { query: asked } }));
      this.refused = "";
      return page;
    } catch (error) {
      this.refused = (error as Error).message;
      return null;
    }
  }

  /** As the server filters; what is looked for by look-alikes comes with the next refresh. */
  #fits(event: Event): boolean {
    const { camera, list, direction, country, plate, unread } = this.filters;
    const part = plate.toUpperCase().replace(/[^\p{L}\p{N}?*]/gu, "");
    const pattern = new RegExp([...part].map((one) => ({ "?": ".", "*": ".*" })[one] ?? one).join(""));
    return (
      (unread || event.plate !== "") &&
      (!camera || event.camera_id === camera) &&
      (!list || (list === "none" ? !event.lists.length : event.lists.includes(list))) &&
      (!direction || event.direction === direction) &&
      (!country || event.country === country) &&
      pattern.test(event.plate)
    );
  }
}
