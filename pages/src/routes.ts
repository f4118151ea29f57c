/** Every page and its address. A page is loaded when it is first opened and waits for its texts in its module script. */
import { createRouter } from "sv-router";
import Events from "./routes/events/Events.svelte";

// The router knows a lazy page by the text of its function, so each has to be written as `() => import(…)`.
export const { p, navigate, isActive, route } = createRouter({
  "/": Events,
  "/search": () => import("./routes/search/Search.svelte"),
  "/plates/:plate": () => import("./routes/plates/Visits.svelte"),
  "/live": () => import("./routes/live/Live.svelte"),
  "/dashboard": () => import("./routes/dashboard/Dashboard.svelte"),
  "/gatehouse/:camera": () => import("./routes/live/Gatehouse.svelte"),
  "/health": () => import("./routes/health/Health.svelte"),
  "/try": () => import("./routes/try/Try.svelte"),
  "/welcome": () => import("./routes/welcome/Welcome.svelte"),
  "/settings": () => import("./routes/settings/Settings.svelte"),
  "/settings/:part": () => import("./routes/settings/Settings.svelte"),
  "/settings/:part/:item": () => import("./routes/settings/Settings.svelte"),
  "*": () => import("./routes/NotFound.svelte"),
});
