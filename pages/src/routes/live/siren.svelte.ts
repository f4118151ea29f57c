/** Sounds again and again until somebody answers; browsers let a page sound only after it was touched once. */
const EVERY_MS = 1500;
const BEEP_S = 0.18;
const BEEPS = 2;

export class Siren {
  /** The page must be touched before it can be heard. */
  mute = $state(true);
  #audio = new AudioContext();

  constructor() {
    this.#audio.addEventListener("statechange", () => this.#look());
    this.#look();
  }

  /** Called by any touch or key. */
  wake(): void {
    if (this.mute) void this.#audio.resume();
  }

  /** Sounds until the returned function is called. */
  sound(): () => void {
    this.#beep();
    const timer = setInterval(() => this.#beep(), EVERY_MS);
    return () => clearInterval(timer);
  }

  close(): void {
    void this.#audio.close();
  }

  #look(): void {
    this.mute = this.#audio.state !== "running";
  }

  #beep(): void {
    for (let beep = 0; beep < BEEPS; beep++) {
      const tone = this.#audio.createOscillator();
      tone.frequency.value = beep % 2 ? 660 : 880;
      tone.connect(this.#audio.destination);
      const begins = this.#audio.currentTime + beep * BEEP_S * 1.5;
      tone.start(begins);
      tone.stop(begins + BEEP_S);
    }
  }
}
