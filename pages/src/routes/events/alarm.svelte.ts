/** A sound and a notice of the desktop when a plate of the black list passes; wanted by each browser for itself. */
import { notices } from "../../components/notices.svelte";
import { t } from "../../texts";
import type { Event } from "./feed.svelte";

const KEY = "platewire-alarm";
const BEEPS = 3;
const BEEP_S = 0.16;
const HZ = 880;
/** So many hits are remembered, so that one passage sounds once and not at each of its states. */
const REMEMBERED = 500;

class Alarm {
  on = $state(localStorage.getItem(KEY) === "on");
  /** Browsers let a page sound only after somebody touched it. */
  mute = $state(!navigator.userActivation.hasBeenActive);
  #audio: AudioContext | undefined;
  #heard = new Set<string>();

  constructor() {
    for (const touch of ["pointerdown", "keydown"])
      addEventListener(touch, () => (this.mute = false), { once: true });
  }

  /** Asked by a click, which is what browsers want before they let a page sound or notify. */
  async turn(): Promise<void> {
    this.on = !this.on;
    localStorage.setItem(KEY, this.on ? "on" : "off");
    if (!this.on) return;
    this.#sound(1);
    if (!("Notification" in window)) return;
    const permission =
      Notification.permission === "default"
        ? await Notification.requestPermission()
        : Notification.permission;
    if (permission !== "granted") notices.say(t("events:alarmOnlySounds"));
  }

  hear(event: Event): void {
    if (!this.on || event.lists[0] !== "black" || this.#heard.has(event.event_id)) return;
    if (this.#heard.size >= REMEMBERED) this.#heard.clear();
    this.#heard.add(event.event_id);
    this.#sound(BEEPS);
    this.#notify(event);
  }

  #notify(event: Event): void {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    try {
      const words = t("events:black", { plate: event.plate, camera: event.camera_name });
      const notice = new Notification(words, { tag: event.event_id });
      notice.onclick = () => window.focus();
    } catch {
      // Browsers of phones know notices only from a service worker; the sound has to do.
    }
  }

  #sound(times: number): void {
    if (!navigator.userActivation.hasBeenActive) return;
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
    for (let beep = 0; beep < times; beep++) {
      const tone = this.#audio.createOscillator();
      tone.frequency.value = HZ;
      tone.connect(this.#audio.destination);
      const begins = this.#audio.currentTime + beep * BEEP_S * 2;
      tone.start(begins);
      tone.stop(begins + BEEP_S);
    }
  }
}

export const alarm = new Alarm();
