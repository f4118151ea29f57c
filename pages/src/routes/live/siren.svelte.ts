/** Sounds again and again until somebody answers; browsers let a page sound only after it was touched once. */
const EVERY_MS = 1500;
const BEEP_S = 0.18;
const BEEPS = 2;

export class Siren {
  /** The page must be touched before it can be heard. */
  mute = $state(true);
  #audio: AudioContext | undefined;

  /** Called by any touch or key. */
  wake(): void {
    if (!this.mute) return;
    this.#audio ??= new AudioContext();
    void this.#audio.resume().then(() => (this.mute = this.#audio?.state !== "running"));
  }

  /** Sounds until the returned function is called. */
  sound(): () => void {
    this.#beep();
    const timer = setInterval(() => this.#beep(), EVERY_MS);
    return () => clearInterval(timer);
  }

  close(): void {
    void this.#audio?.close();
    this.#audio = undefined;
  }

  #beep(): void {
    if (!this.#audio || this.mute) return;
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
