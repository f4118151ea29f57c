/** Short words at the edge of the page after something was done, or was refused. */
interface Notice {
  id: number;
  words: string;
  meaning: "ok" | "deny";
}
const SHOWN_MS = 5000;

class Notices {
  shown = $state<Notice[]>([]);
  #next = 0;

  say(words: string, meaning: Notice["meaning"] = "ok"): void {
    const id = this.#next++;
    this.shown.push({ id, words, meaning });
    setTimeout(() => this.close(id), SHOWN_MS * (meaning === "deny" ? 2 : 1));
  }

  /** Says why something did not go; for work that no form field shows. */
  refuse(error: unknown): void {
    this.say(error instanceof Error ? error.message : String(error), "deny");
  }

  close(id: number): void {
    this.shown = this.shown.filter((one) => one.id !== id);
  }
}

export const notices = new Notices();
