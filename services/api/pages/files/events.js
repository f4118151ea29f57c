// The Events page: what passes now, and what passed.
import { get, send } from "./api.js";
import { Cards } from "./cards.js";
import { el } from "./dom.js";
import { Drawer } from "./drawer.js";
import { keepAges } from "./format.js";
import { showHealth } from "./health.js";
import { onKeys } from "./keys.js";
import { follow } from "./live.js";
import { Rows } from "./rows.js";

const $ = (id) => document.getElementById(id);
const FILTERS = ["camera", "list", "direction"];
const rows = new Rows($("rows"), open);
const cards = new Cards($("cards"), open);
const drawer = new Drawer($("drawer"), release);
const waiting = new Map();
let paused = false;
let older = null;
let loading = 0;

function open(id) {
  rows.select(id);
  drawer.show(id);
}

function query() {
  return { ...Object.fromEntries(FILTERS.map((name) => [name, $(name).value])), plate: $("find").value.trim() };
}

function fits(event) {
  const asked = query();
  const part = asked.plate.toUpperCase().replace(/[^\p{L}\p{N}?*]/gu, "");
  const pattern = new RegExp([...part].map((letter) => ({ "?": ".", "*": ".*" })[letter] ?? letter).join(""));
  return (
    (!asked.camera || event.camera_id === asked.camera) &&
    (!asked.list || (asked.list === "none" ? !event.lists.length : event.lists.includes(asked.list))) &&
    (!asked.direction || event.direction === asked.direction) &&
    pattern.test(event.plate)
  );
}

/** Nothing may jump under a reader. */
function held() {
  return paused || drawer.id !== null || $("scroll").scrollTop > 8;
}

function arrive(event) {
  cards.put(event);
  const known = rows.get(event.event_id);
  // The feed does not carry deliveries; the next refresh does.
  const whole = { ...event, deliveries: known?.deliveries ?? [], commands: known?.commands ?? [] };
  if (!fits(event)) return;
  if (known) rows.put([whole]);
  else if (held()) waiting.set(event.event_id, whole);
  else rows.put([whole], { live: true });
  showWaiting();
  showEmpty();
}

function release() {
  if (held()) return;
  rows.put([...waiting.values()], { live: true });
  waiting.clear();
  showWaiting();
}

function showWaiting() {
  $("fresh").hidden = waiting.size === 0;
  $("fresh").textContent = `${waiting.size} new`;
}

function showEmpty() {
  const nothing = rows.events.length === 0;
  $("empty").hidden = !nothing;
  const filtered = Object.values(query()).some(Boolean);
  $("clear").hidden = !filtered;
  if (!nothing) return;
  if (filtered) $("empty").replaceChildren(el("h2", {}, "No passage fits"), el("p", {}, "Take a filter away, or search for a shorter part of the plate."));
  else if (cards.cameras.length) $("empty").replaceChildren(el("h2", {}, "Waiting for the first vehicle"), el("p", {}, "Cameras are watched. Each vehicle that passes becomes one line here, with its picture."));
  else $("empty").replaceChildren(el("h2", {}, "No camera yet"), el("p", {}, "See how it works with the road scene that Platewire draws itself:"), el("code", {}, "platewire demo"),
    el("p", {}, "Or add your own:"), el("code", {}, 'POST /api/v1/cameras {"name": "Gate in", "source": {"kind": "rtsp", "url": "rtsp://user:password@10.0.0.5/stream1"}}'));
}

async function load() {
  const turn = ++loading;
  const page = await get("/events", query());
  if (turn !== loading) return;
  rows.clear();
  waiting.clear();
  $("scroll").scrollTop = 0;
  rows.put(page.events);
  older = page.next;
  $("end").textContent = page.events.length && !older ? "This is where it began." : "";
  showWaiting();
  showEmpty();
}

async function loadOlder() {
  if (!older) return;
  const cursor = older;
  older = null;
  const page = await get("/events", { ...query(), cursor });
  rows.put(page.events);
  older = page.next;
  $("end").textContent = older ? "" : "This is where it began.";
}

/** Deliveries go on after the feed told of their event; one page tells how far they are. */
async function refresh() {
  if (document.hidden) return;
  const unsettled = rows.events.slice(0, 50).some((event) => event.state !== "lost" || event.deliveries.some((one) => one.state === "due")
    || event.commands.some((one) => one.state === "new" || one.state === "sent"));
  if (!unsettled) return;
  const page = await get("/events", query());
  for (const event of page.events) {
    const known = rows.get(event.event_id);
    if (known && JSON.stringify(known) !== JSON.stringify(event)) rows.put([event]);
  }
}

async function watchSite() {
  const { cameras } = await get("/cameras");
  await cards.load(cameras);
  document.body.classList.toggle("bare", cameras.length + rows.events.length === 0);
  fill($("camera"), cameras.map((camera) => [camera.id, camera.name]));
  await showHealth($("health"), $("health-panel"), cards.troubled());
  showEmpty();
}

function fill(select, pairs) {
  const known = new Set([...select.options].map((option) => option.value));
  select.append(...pairs.filter(([value]) => !known.has(value)).map(([value, words]) => el("option", { value }, words)));
}

function pause() {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  $("pause").lastElementChild.textContent = paused ? "Go on" : "Pause";
  $("pause").querySelector("use").setAttribute("href", `/pages/icons.svg#${paused ? "play" : "pause"}`);
  release();
}

function clear() {
  for (const name of [...FILTERS, "find"]) $(name).value = "";
  load();
}

function every(seconds, work) {
  setInterval(() => Promise.resolve(work()).catch(() => {}), seconds * 1000);
}

let typing;
$("find").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(load, 200);
});
for (const name of FILTERS) $(name).addEventListener("change", load);
$("clear").addEventListener("click", clear);
$("pause").addEventListener("click", pause);
$("fresh").addEventListener("click", () => {
  drawer.close();
  $("scroll").scrollTop = 0;
  if (paused) pause();
  release();
});
$("scroll").addEventListener("scroll", () => held() || release());
$("leave").addEventListener("click", () => send("DELETE", "/session").then(() => location.assign("/sign-in")));
function showPanel(shown) {
  $("health-panel").hidden = !shown;
  $("health").setAttribute("aria-expanded", String(shown));
}

$("health").addEventListener("click", () => showPanel($("health-panel").hidden));
document.addEventListener("pointerdown", ({ target }) => target.closest("#health, #health-panel") || showPanel(false));
new IntersectionObserver((seen) => seen[0].isIntersecting && loadOlder().catch(() => {})).observe($("end"));
onKeys({ rows, drawer, open, find: $("find"), pause, closePanel: () => showPanel(false) });

const me = await get("/session");
$("user").textContent = me.name;
await Promise.all([load(), watchSite()]);
get("/lists").then(({ lists }) => fill($("list"), lists.map(({ name }) => [name, name[0].toUpperCase() + name.slice(1)])));
follow({ event: arrive, state: (now) => {
  $("link").dataset.state = now;
  $("link").textContent = now === "live" ? "Live" : "Connecting again…";
} });
every(1, keepAges);
every(4, refresh);
every(5, watchSite);
const linked = new URLSearchParams(location.search).get("event");
if (linked) open(linked);
