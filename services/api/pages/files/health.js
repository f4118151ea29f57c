// The health dot: green with two words, amber with a count, red with the sentence.
import { get } from "./api.js";
import { el } from "./dom.js";

const NAMES = {
  database: "Database", redis_events: "Redis, events", redis_frames: "Redis, frames", capture: "Capture",
  recognizer: "Recognizer", reactor: "Reactor", integrations: "Integrations",
};

/** How a health answer reads, together with troubles the page knows of cameras. */
export function wording(health, troubled = []) {
  const bad = Object.values(health.checks).filter((check) => check.status !== "ok");
  const failing = bad.find((check) => check.status === "failing");
  if (failing) return { level: "failing", words: failing.sentence };
  const count = bad.length + troubled.length;
  if (count === 0) return { level: "ok", words: "all well" };
  return { level: "degraded", words: count === 1 ? "1 thing to look at" : `${count} things to look at` };
}

export async function showHealth(button, panel, troubled) {
  let health;
  try {
    health = await get("/health");
  } catch (error) {
    health = { checks: { service: { status: "failing", sentence: error.message } } };
  }
  const { level, words } = wording(health, troubled);
  button.dataset.level = level;
  button.querySelector(".words").textContent = words;
  const lines = Object.entries(health.checks).map(([name, check]) => line(NAMES[name] ?? name, check.status, check.sentence));
  panel.replaceChildren(...lines, ...troubled.map((camera) => line(camera.name, "degraded", camera.status.message || "Nobody reports about this camera, does capture run?")));
}

function line(name, level, sentence) {
  return el("li", { data: { level } }, el("span", { class: "dot" }), el("b", {}, name), el("span", {}, sentence || "answers"));
}
