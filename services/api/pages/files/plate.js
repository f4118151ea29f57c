// The plate chip, what a list means, and a picture with the plate's box on it.
import { countryName, sign } from "./countries.js";
import { el, icon, svg } from "./dom.js";

/** A plate drawn in type; groups are parted by space that a copy does not take along. */
export function plate(event, size = "") {
  if (!event.plate) return el("span", { class: `plate plate-unread ${size}` }, el("span", { class: "plate-text" }, "unread"));
  const groups = event.plate.match(/\d+|\D+/g) ?? [];
  const strip = event.country
    ? el("span", { class: "plate-strip", title: countryName(event.country) }, sign(event.country))
    : null;
  const text = el("span", { class: "plate-text" }, groups.map((group) => el("span", {}, group)));
  return el("span", { class: `plate ${size}` }, strip, text);
}

const MEANINGS = { black: ["deny", "cross", "Black"], white: ["allow", "check", "White"] };

/** The list that counts (black comes first), as colour, icon and word. */
export function listMark(event) {
  const [first, ...others] = event.lists;
  if (!first) return el("span", { class: "mark none" }, icon("dash"), "none");
  const [meaning, shape, word] = MEANINGS[first] ?? ["watch", "eye", first];
  const more = others.length ? el("span", { class: "more", title: others.join(", ") }, `+${others.length}`) : null;
  return el("span", { class: `mark ${meaning}` }, icon(shape), el("span", {}, word), more);
}

export function directionMark(event) {
  if (event.direction === "unknown") return el("span", { class: "mark none way" }, icon("dash"));
  return el("span", { class: "mark way" }, icon(event.direction === "in" ? "down" : "up"), event.direction);
}

/** The frame that was read with the plate's box; the box scales with the picture. */
export function frame(event) {
  const { frame_width: width, frame_height: height } = event;
  const stage = el("div", { class: "stage" });
  stage.style.aspectRatio = `${width} / ${height}`;
  if (!event.frame_url) {
    stage.append(el("p", { class: "no-picture" }, "No picture is kept of this passage"));
    return stage;
  }
  const picture = el("img", { src: event.frame_url, alt: `Frame with plate ${event.plate}`, decoding: "async" });
  picture.addEventListener("error", () => picture.replaceWith(el("p", { class: "no-picture" }, "The picture is gone")));
  const [x, y, w, h] = event.box;
  const margin = h * 0.25;
  const around = { x: x - margin, y: y - margin, width: w + 2 * margin, height: h + 2 * margin, rx: h * 0.12 };
  // Twice: the dark line keeps the bright one apart from a bright plate.
  const boxes = ["halo", "box"].map((name) => svg("rect", { ...around, class: name, "vector-effect": "non-scaling-stroke" }));
  stage.append(picture, svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "overlay", "aria-hidden": "true" }, ...boxes));
  return stage;
}

export function crop(event) {
  if (!event.crop_url) return el("span", { class: "crop" });
  const picture = el("img", { src: event.crop_url, alt: "", loading: "lazy", decoding: "async" });
  picture.addEventListener("error", () => picture.remove());
  return el("span", { class: "crop" }, picture);
}
