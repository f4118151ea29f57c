/** What a camera sees now: one picture at a time, asked for while somebody can see it, so that a slow line slows nobody. */
const PATIENCE_MS = 10_000;

const pause = (ms: number, ended: AbortSignal): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    ended.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });

export class Look {
  /** Address of the newest picture in this browser; empty while there is none. */
  url = $state("");
  /** When the camera took it. */
  at = $state("");
  /** Whether the first answer came, be it empty. */
  asked = $state(false);
  #tag = "";

  /** Asks again `pauseMs` after each answer, while the tab is seen, until the returned function is called. */
  follow(camera: string, pauseMs: number): () => void {
    const ended = new AbortController();
    void this.#go(camera, pauseMs, ended.signal);
    return () => ended.abort();
  }

  async #go(camera: string, pauseMs: number, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      if (document.visibilityState === "visible") await this.#ask(camera, ended);
      await pause(pauseMs, ended);
    }
    this.#show(null);
  }

  async #ask(camera: string, ended: AbortSignal): Promise<void> {
    try {
      const signal = AbortSignal.any([ended, AbortSignal.timeout(PATIENCE_MS)]);
      const answer = await fetch(`/api/v1/cameras/${camera}/picture.jpg`, { signal });
      const tag = answer.headers.get("ETag") ?? "";
      // The browser keeps the picture and asks only whether it changed.
      if (answer.status === 200 && tag !== this.#tag) {
        this.at = tag.replaceAll('"', "");
        this.#show(await answer.blob());
        this.#tag = tag;
      } else if (answer.status !== 200) this.#show(null);
      this.asked = true;
    } catch {
      // The line in the bar says that the service is away; the age of the picture shows.
    }
  }

  #show(picture: Blob | null): void {
    const before = this.url;
    this.url = picture ? URL.createObjectURL(picture) : "";
    if (!picture) this.#tag = "";
    // Not at once: the page may still be drawing it.
    if (before) setTimeout(() => URL.revokeObjectURL(before), 1000);
  }
}
