// One event in full: frame, crop, characters and what was told to whom. Its address can be shared.
import { get, send } from "./api.js";
import { el, icon } from "./dom.js";
import { ago, clock, day, share, whole } from "./format.js";
import { countryName } from "./countries.js";
import { crop, directionMark, frame, listMark, plate } from "./plate.js";
import { commandState, deliveryState } from "./rows.js";

export class Drawer {
  constructor(root, closed) {
    this.root = root;
    this.closed = closed;
    this.id = null;
  }

  async show(id) {
    this.id = id;
    this.root.hidden = false;
    document.body.classList.add("with-drawer");
    history.replaceState(null, "", `/?event=${id}`);
    try {
      const event = await get(`/events/${id}`);
      if (this.id === id) this.#draw(event);
    } catch (error) {
      if (this.id === id) this.root.replaceChildren(this.#head(el("h2", {}, error.message)));
    }
  }

  close() {
    if (!this.id) return;
    this.id = null;
    this.root.hidden = true;
    document.body.classList.remove("with-drawer");
    history.replaceState(null, "", "/");
    this.closed();
  }

  #head(...children) {
    const shut = el("button", { class: "quiet square", title: "Close (Esc)", "aria-label": "Close", onclick: () => this.close() }, icon("cross"));
    return el("header", { class: "drawer-head" }, children, shut);
  }

  #draw(event) {
    this.root.replaceChildren(
      this.#head(plate(event, "plate-xl"), el("div", { class: "drawer-facts" }, el("b", {}, event.camera_name), when(event)), listMark(event)),
      frame(event),
      el("div", { class: "evidence" }, crop(event), characters(event)),
      facts(event),
      this.#deliveries(event),
    );
    this.root.scrollTop = 0;
  }

  #deliveries(event) {
    const heading = el("h3", {}, "Told to");
    if (!event.deliveries.length && !event.commands.length) {
      return el("section", {}, heading, el("p", { class: "teach" }, "Nobody. A reaction decides who hears of a passage: ",
        el("code", {}, "POST /api/v1/reactions"), "."));
    }
    return el("section", {}, heading, el("ul", { class: "deliveries" }, event.commands.map(command),
      event.deliveries.map((one) => this.#delivery(one, event.event_id))));
  }

  #delivery(delivery, eventId) {
    const [meaning, shape, word] = deliveryState(delivery);
    const again = el("button", { class: "quiet" }, icon("again"), "Send again");
    again.addEventListener("click", () => this.#resend(delivery, eventId, again));
    const time = delivery.delivered_at ?? (delivery.state === "due" ? null : delivery.due_at);
    return el(
      "li", {},
      el("b", {}, delivery.destination), el("span", { class: "kind" }, delivery.kind.replace("_", " ")),
      el("span", { class: `mark ${meaning}` }, icon(shape), word),
      el("span", { class: "tail" }, delivery.last_error && delivery.state !== "delivered" ? delivery.last_error : time ? clock(time) : ""),
      delivery.state === "due" ? null : again,
    );
  }

  async #resend(delivery, eventId, button) {
    button.disabled = true;
    try {
      await send("POST", `/deliveries/${delivery.delivery_id}/resend`);
      setTimeout(() => this.id === eventId && this.show(eventId), 1200);
    } catch (error) {
      button.replaceWith(el("span", { class: "mark deny" }, error.message));
    }
  }
}

/** An order to a barrier; it is never sent again, so there is no button. */
function command(order) {
  const [meaning, shape, word] = commandState(order);
  const time = order.sent_at ?? order.issued_at;
  return el(
    "li", {},
    el("b", {}, order.destination), el("span", { class: "kind" }, "barrier"),
    el("span", { class: `mark ${meaning}` }, icon(shape), word),
    el("span", { class: "tail" }, order.result || clock(time)),
  );
}

function when(event) {
  return el("time", { datetime: event.captured_at, title: whole(event.captured_at) }, `${day(event.captured_at)} ${clock(event.captured_at)} · `,
    el("span", { data: { ago: event.captured_at } }, ago(event.captured_at)));
}

function characters(event) {
  const tiles = event.characters.map(({ options }) => {
    const [[letter, sure], ...others] = options;
    const doubt = others.filter(([, value]) => value >= 0.02).slice(0, 2);
    const meter = el("span", { class: "meter" }, el("span", {}));
    meter.firstChild.style.width = `${Math.round(sure * 100)}%`;
    return el("li", { class: sure < 0.8 ? "doubtful" : "" }, el("b", {}, letter), meter, el("span", {}, share(sure).replace(/^0/, "")),
      doubt.map(([other, value]) => el("small", {}, `${other} ${share(value).replace(/^0/, "")}`)));
  });
  return el("ol", { class: "characters", "aria-label": "Characters and how sure each is" }, tiles);
}

function facts(event) {
  const seen = Math.max(0, (new Date(event.last_seen) - new Date(event.captured_at)) / 1000);
  const pairs = [
    ["Sure", share(event.confidence)],
    ["Voted over", `${event.reads} ${event.reads === 1 ? "frame" : "frames"}`],
    ["Country", event.country ? countryName(event.country) : "unknown"],
    ["Way", directionMark(event)],
    ["In sight", `${seen.toFixed(1)} s`],
    ["Passage", `${event.car_id} at this camera`],
  ];
  return el("dl", { class: "facts" }, pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}
