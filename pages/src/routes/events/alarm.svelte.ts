/** A sound and a notice of the desktop when a plate of the black list passes; wanted by each browser for itself. */
import { t } from "../../texts";
import type { Event } from "./feed.svelte";

const KEY = "platewire-alarm";
const BEEPS = 3;
const BEEP_S = 0.16;

class Alarm {
  on = $state(localStorage.getItem(KEY) === "on");
  #audio: AudioContext | undefined;

  /** Asked by a click, which is what browsers want before they let a page sound or notify. */
  async turn(): Promise<void> {
    this.on = !this.on;
    localStorage.setItem(KEY, this.on ? "on" : "off");
    if (!this.on) return;
    this.#sound(1);
    if ("Notification" in window && Notification.permission === "default")
      await Notification.requestPermission();
  }

  hear(event: Event): void {
    if (!this.on || event.lists[0] !== "black") return;
    this.#sound(BEEPS);
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    new Notification(t("events:black", { plate: event.plate, camera: event.camera_name }), {
      tag: event.event_id,
    });
  }

  #sound(times: number): void {
    this.#audio ??= new AudioContext();
    for (let beep = 0; beep < times; beep++) {
      const tone = this.#audio.createOscillator();
      tone.frequency.value = 880;
      tone.connect(this.#audio.destination);
      const begins = this.#audio.currentTime + beep * BEEP_S * 2;
      tone.start(begins);
      tone.stop(begins + BEEP_S);
    }
  }
}

export const alarm = new Alarm();
