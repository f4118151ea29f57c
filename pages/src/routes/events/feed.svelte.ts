/** The passages that the page shows: live ones on top, older ones by pages, and nothing jumps under a reader. */
import { api, ask, type Schemas } from "../../api/client";
import { heard } from "./renewed";

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

/** By id, newest first, and never more than a browser can draw. */
function merged(known: readonly Event[], told: readonly Event[]): Event[] {
  const all = new Map([...known, ...told].map((one) => [one.event_id, one]));
  return [...all.values()].sort(newer).slice(0, MOST_ROWS);
}

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
    if (turn !== this.#turn) return;
    this.loaded ||= page !== null;
    if (!page) return;
    this.events = [...page.events];
    this.waiting = [];
    this.fresh.clear();
    this.next = page.next ?? null;
  }

  async older(): Promise<void> {
    if (!this.next || this.events.length >= MOST_ROWS) return;
    const turn = this.#turn;
    const page = await this.#page(this.next);
    if (!page || turn !== this.#turn) return;
    this.#put(page.events);
    this.next = page.next ?? null;
  }

  /**
   * Asks again for the newest: the live feed does not carry deliveries. After a lost connection, or a sleep of the
   * computer, it goes back page by page until it meets what is known.
   */
  async refresh(held: boolean): Promise<void> {
    if (!this.loaded) return this.load();
    const turn = this.#turn;
    const shown = new Set(this.events.map((one) => one.event_id));
    const known = new Set([...shown, ...this.waiting.map((one) => one.event_id)]);
    let cursor: string | null = null;
    for (let asked = 0; asked < MOST_ROWS; asked += PAGE) {
      const page: Schemas["Events"] | null = await this.#page(cursor);
      if (!page || turn !== this.#turn) return;
      this.#put(page.events.filter((one) => shown.has(one.event_id)));
      this.#take(
        page.events.filter((one) => !shown.has(one.event_id)),
        held,
      );
      cursor = page.next ?? null;
      if (!cursor || known.has(page.events.at(-1)?.event_id ?? "")) return;
    }
  }

  arrive(told: Event, held: boolean): void {
    const known = this.events.find((one) => one.event_id === told.event_id);
    const event = heard(told, known);
    if (known) this.#put([event]);
    else if (this.#fits(event)) this.#take([event], held);
  }

  /** Passages that a person changed; those that are not shown stay away. */
  renew(events: readonly Event[]): void {
    const shown = new Set(this.events.map((one) => one.event_id));
    this.#put(events.filter((one) => shown.has(one.event_id)));
  }

  release(): void {
    const waited = this.waiting;
    this.waiting = [];
    this.#take(waited, false);
  }

  #take(events: readonly Event[], held: boolean): void {
    if (!events.length) return;
    if (held) {
      this.waiting = merged(this.waiting, events);
      return;
    }
    if (this.fresh.size > MOST_ROWS) this.fresh.clear();
    for (const event of events) this.fresh.add(event.event_id);
    this.#put(events);
  }

  #put(events: readonly Event[]): void {
    if (events.length) this.events = merged(this.events, events);
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
