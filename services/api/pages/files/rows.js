// The table of passages: sorted, updated in place, with one selected row.
import { el, icon } from "./dom.js";
import { clock, day, share, whole } from "./format.js";
import { crop, directionMark, listMark, plate } from "./plate.js";

const STATES = {
  delivered: ["ok", "check", "told"],
  due: ["wait", "clock", "waiting"],
  retry: ["warn", "again", "trying again"],
  dead: ["deny", "cross", "given up"],
  expired: ["none", "dash", "too late"],
};

const COMMANDS = {
  new: ["wait", "clock", "ordered"],
  sent: ["wait", "clock", "opening"],
  done: ["ok", "check", "opened"],
  confirmed: ["ok", "check", "opened, confirmed"],
  unknown: ["warn", "again", "unclear whether it opened"],
  failed: ["deny", "cross", "not opened"],
  expired: ["none", "dash", "too late"],
  refused: ["none", "dash", "refused"],
};

/** The state of an order to a barrier as colour, icon and word. */
export function commandState(command) {
  return COMMANDS[command.state];
}

/** A delivery's state as colour, icon and word. */
export function deliveryState(delivery) {
  return STATES[delivery.state === "due" && delivery.attempts > 0 ? "retry" : delivery.state];
}

function told(event) {
  const orders = event.commands ?? [];
  if (!event.deliveries.length && !orders.length) return el("span", { class: "mark none" }, icon("dash"));
  const opened = orders.slice(0, 2).map((command) => {
    const [meaning, shape, word] = commandState(command);
    const title = `${command.destination}: ${command.result || word}`;
    return el("span", { class: `told ${meaning}`, title }, el("span", {}, command.destination), icon(shape));
  });
  const shown = event.deliveries.slice(0, 2 - opened.length).map((delivery) => {
    const [meaning, shape, word] = deliveryState(delivery);
    const title = `${delivery.destination}: ${delivery.last_error || word}`;
    const tries = delivery.state === "due" && delivery.attempts ? ` ${delivery.attempts}` : "";
    return el("span", { class: `told ${meaning}`, title }, el("span", {}, delivery.destination), icon(shape), tries);
  });
  const rest = event.deliveries.length + orders.length - shown.length - opened.length;
  return el("span", { class: "tolds" }, opened, shown, rest > 0 ? el("span", { class: "more" }, `+${rest}`) : null);
}

export class Rows {
  constructor(list, open) {
    this.list = list;
    this.open = open;
    this.events = [];
    this.nodes = new Map();
    this.selected = null;
  }

  clear() {
    this.events = [];
    this.nodes.clear();
    this.list.replaceChildren();
  }

  has(id) {
    return this.nodes.has(id);
  }

  /** Puts events in, or renews those that are there. */
  put(events, { live = false } = {}) {
    for (const event of events) {
      const node = this.#build(event);
      if (live && !this.has(event.event_id)) node.classList.add("arrives");
      this.nodes.get(event.event_id)?.replaceWith(node);
      if (this.has(event.event_id)) this.events[this.#index(event.event_id)] = event;
      else this.#insert(event, node);
      this.nodes.set(event.event_id, node);
    }
    this.#days();
  }

  get(id) {
    return this.events[this.#index(id)];
  }

  move(step) {
    const at = this.#index(this.selected);
    const next = this.events[Math.min(Math.max(at + step, 0), this.events.length - 1)];
    if (next) this.select(next.event_id);
    return next;
  }

  select(id) {
    this.nodes.get(this.selected)?.classList.remove("selected");
    this.selected = id;
    const node = this.nodes.get(id);
    node?.classList.add("selected");
    node?.scrollIntoView({ block: "nearest" });
  }

  #index(id) {
    return this.events.findIndex((event) => event.event_id === id);
  }

  #insert(event, node) {
    const at = this.events.findIndex((other) => older(other, event));
    if (at < 0) {
      this.events.push(event);
      this.list.append(node);
    } else {
      this.nodes.get(this.events[at].event_id).before(node);
      this.events.splice(at, 0, event);
    }
  }

  #build(event) {
    const passing = event.state !== "lost" && Date.now() - new Date(event.last_seen) < 60_000;
    const time = el("time", { datetime: event.captured_at, title: whole(event.captured_at) }, clock(event.captured_at));
    const sure = el("span", { class: "sure", title: `${event.reads} frames voted` }, event.plate ? share(event.confidence) : "–");
    const node = el(
      "li",
      { class: "row", tabIndex: 0, data: { id: event.event_id }, onclick: () => this.#click(event) },
      el("span", { class: "when" }, passing ? el("span", { class: "dot passing", title: "In front of the camera" }) : null, time),
      crop(event), plate(event), sure, el("span", { class: "camera" }, event.camera_name),
      directionMark(event), listMark(event), told(event),
    );
    if (event.event_id === this.selected) node.classList.add("selected");
    if (event.lists[0] === "black") node.classList.add("alarm");
    return node;
  }

  #click(event) {
    if (getSelection().isCollapsed) this.open(event.event_id);
  }

  /** A line above the first passage of each day but today. */
  #days() {
    let last = day(new Date().toISOString());
    for (const event of this.events) {
      const node = this.nodes.get(event.event_id);
      const its = day(event.captured_at);
      if (its !== last) node.dataset.day = its;
      else delete node.dataset.day;
      last = its;
    }
  }
}

function older(other, event) {
  if (other.captured_at !== event.captured_at) return new Date(other.captured_at) < new Date(event.captured_at);
  return other.event_id < event.event_id;
}

