// The last passage at each camera, with its picture, and how the camera is doing.
import { get } from "./api.js";
import { el, icon } from "./dom.js";
import { ago, whole } from "./format.js";
import { directionMark, frame, listMark, plate } from "./plate.js";

const GOOD = new Set(["running", "finished", "paused"]);
const WORDS = {
  starting: "starting", running: "running", waiting: "waits", finished: "file is played", paused: "paused", silent: "silent",
};

export class Cards {
  constructor(root, open) {
    this.root = root;
    this.open = open;
    this.cameras = [];
    this.last = new Map();
  }

  async load(cameras) {
    const known = new Set(this.cameras.map((camera) => camera.id));
    this.cameras = cameras;
    const fresh = cameras.filter((camera) => !known.has(camera.id));
    const pages = await Promise.all(fresh.map((camera) => get("/events", { camera: camera.id, limit: 1 })));
    for (const page of pages) for (const event of page.events) this.last.set(event.camera_id, event);
    const gone = [...this.root.children].filter((card) => !cameras.some((camera) => camera.id === card.dataset.id));
    for (const card of gone) card.remove();
    for (const camera of cameras) this.#draw(camera);
  }

  /** Cameras of which a person should know. */
  troubled() {
    return this.cameras.filter((camera) => camera.enabled && !GOOD.has(camera.status.state) && camera.status.state !== "starting");
  }

  put(event) {
    const before = this.last.get(event.camera_id);
    if (before && new Date(before.captured_at) > new Date(event.captured_at)) return;
    this.last.set(event.camera_id, event);
    const camera = this.cameras.find((one) => one.id === event.camera_id);
    if (camera) this.#draw(camera);
  }

  #draw(camera) {
    const event = this.last.get(camera.id);
    const seen = JSON.stringify([event, camera.name, camera.status.state, camera.status.message, camera.enabled]);
    const present = this.root.querySelector(`[data-id="${camera.id}"]`);
    if (present?.seen === seen) return;
    const card = el("article", { class: "card", data: { id: camera.id } }, this.#head(camera, event), ...this.#body(event));
    card.seen = seen;
    if (event?.lists[0] === "black") card.classList.add("alarm");
    if (present) present.replaceWith(card);
    else this.root.append(card);
  }

  #head(camera, event) {
    const state = camera.enabled ? camera.status.state : "paused";
    const level = GOOD.has(state) ? "ok" : state === "starting" ? "wait" : "degraded";
    const age = event
      ? el("time", { class: "age", data: { ago: event.captured_at }, title: whole(event.captured_at) }, ago(event.captured_at))
      : el("span", { class: "age" }, "nothing yet");
    const trouble = level === "degraded" ? el("p", { class: "trouble" }, camera.status.message || "Nobody reports about this camera. Does capture run?") : null;
    return el("header", {}, el("span", { class: "dot", title: WORDS[state], data: { level } }), el("h3", {}, camera.name), event ? directionMark(event) : null, age, trouble);
  }

  #body(event) {
    if (!event) return [el("div", { class: "stage blank" }, el("p", { class: "no-picture" }, icon("camera"), "Waits for its first vehicle"))];
    const stage = frame(event);
    stage.addEventListener("click", () => this.open(event.event_id));
    return [stage, el("footer", {}, plate(event, "plate-l"), listMark(event))];
  }
}
