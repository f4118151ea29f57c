/** Starts the pages: texts, then who looks, then the page or the way to sign in. */
import { mount } from "svelte";
import "./styles/tokens.css";
import "./styles/controls.css";
import { session } from "./api/session.svelte";
import { loadTexts, startTexts } from "./texts";

const target = document.getElementById("app")!;

async function start(): Promise<void> {
  const [known] = await Promise.all([session.load().catch(() => false), startTexts()]);
  if (known && location.pathname !== "/sign-in") {
    const [{ default: App }] = await Promise.all([import("./shell/App.svelte"), loadTexts("events")]);
    mount(App, { target });
    return;
  }
  if (location.pathname !== "/sign-in") {
    const next = location.pathname + location.search;
    history.replaceState(null, "", next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`);
  }
  await loadTexts("sign-in");
  const { default: SignInPage } = await import("./shell/SignInPage.svelte");
  mount(SignInPage, { target });
}

await start();
