/** Every page and its address; each is loaded with its texts when it is first opened. */
import type { Component } from "svelte";
import { createRouter } from "sv-router";
import Events from "./routes/events/Events.svelte";
import { loadTexts } from "./texts";

type Texts = Parameters<typeof loadTexts>;
type Loaded = { default: Component };

const page =
  (load: () => Promise<Loaded>, ...texts: Texts) =>
  async (): Promise<Loaded> => {
    const [loaded] = await Promise.all([load(), loadTexts(...texts)]);
    return loaded;
  };

const settings = page(() => import("./routes/settings/Settings.svelte"), "settings");

export const { p, navigate, isActive, route } = createRouter({
  "/": Events,
  "/search": page(() => import("./routes/search/Search.svelte"), "search", "events"),
  "/plates/:plate": page(() => import("./routes/plates/Visits.svelte"), "search", "events"),
  "/live": page(() => import("./routes/live/Live.svelte"), "live"),
  "/gatehouse/:camera": page(() => import("./routes/live/Gatehouse.svelte"), "live"),
  "/dashboard": page(() => import("./routes/dashboard/Dashboard.svelte"), "dashboard"),
  "/health": page(() => import("./routes/health/Health.svelte"), "health"),
  "/try": page(() => import("./routes/try/Try.svelte"), "try"),
  "/welcome": page(() => import("./routes/welcome/Welcome.svelte"), "welcome", "cameras"),
  "/settings": settings,
  "/settings/:part": settings,
  "/settings/:part/:item": settings,
  "*": () => import("./routes/NotFound.svelte"),
});
