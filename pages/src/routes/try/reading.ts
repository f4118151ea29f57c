/** Reads pictures without storing them: a photo as it is, of a clip some of its frames. */
import { Refused, type Schemas } from "../../api/client";
import { t } from "../../texts";

export interface Shot {
  /** Address of the picture in this browser. */
  url: string;
  /** Second of the clip; null for a photo. */
  at: number | null;
  reading: Schemas["PictureReading"];
}

const SLOW_MS = 30_000;
const FRAMES_A_SECOND = 2;
/** More would keep the recognizer from the cameras. */
export const MOST_FRAMES = 24;
const QUALITY = 0.92;

async function readPicture(
  picture: Blob,
  name: string,
  ended: AbortSignal,
): Promise<Schemas["PictureReading"]> {
  const form = new FormData();
  form.set("file", picture, name);
  const signal = AbortSignal.any([ended, AbortSignal.timeout(SLOW_MS)]);
  const headers = { "X-Platewire": "1" };
  const answer = await fetch("/api/v1/read", { method: "POST", headers, body: form, signal }).catch(() => {
    throw new Refused(0, t("unreachable"));
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told.detail ?? t("answers", { status: answer.status }));
  return told;
}

/** Each picture as soon as it is read; `progress` hears how many there are. */
export async function* read(
  file: File,
  ended: AbortSignal,
  progress: (done: number, all: number) => void,
): AsyncGenerator<Shot> {
  if (!file.type.startsWith("video/")) {
    yield { url: URL.createObjectURL(file), at: null, reading: await readPicture(file, file.name, ended) };
    return;
  }
  const clip = await openClip(file);
  try {
    const all = Math.max(1, Math.min(MOST_FRAMES, Math.round(clip.duration * FRAMES_A_SECOND)));
    for (let index = 0; index < all && !ended.aborted; index++) {
      progress(index, all);
      const at = ((index + 0.5) * clip.duration) / all;
      const picture = await frameAt(clip, at);
      yield { url: URL.createObjectURL(picture), at, reading: await readPicture(picture, file.name, ended) };
    }
  } finally {
    URL.revokeObjectURL(clip.src);
  }
}

async function openClip(file: File): Promise<HTMLVideoElement> {
  const clip = document.createElement("video");
  clip.muted = true;
  clip.preload = "auto";
  clip.src = URL.createObjectURL(file);
  await happens(clip, "loadeddata");
  if (!Number.isFinite(clip.duration)) throw new Refused(0, t("try:noClip"));
  return clip;
}

async function frameAt(clip: HTMLVideoElement, second: number): Promise<Blob> {
  const sought = happens(clip, "seeked");
  clip.currentTime = second;
  await sought;
  const canvas = new OffscreenCanvas(clip.videoWidth, clip.videoHeight);
  canvas.getContext("2d")?.drawImage(clip, 0, 0);
  return await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

function happens(clip: HTMLVideoElement, what: "loadeddata" | "seeked"): Promise<void> {
  return new Promise((done, fail) => {
    clip.addEventListener(what, () => done(), { once: true });
    clip.addEventListener("error", () => fail(new Refused(0, t("try:noClip"))), { once: true });
  });
}

export interface Found {
  plate: Schemas["PlateOut"];
  /** Pictures in which it was read. */
  shots: number;
  /** The one in which it was surest. */
  shot: Shot;
}

/** Each plate once, with its surest reading; those of most pictures first. */
export function foundIn(shots: readonly Shot[]): Found[] {
  const found = new Map<string, Found>();
  for (const shot of shots)
    for (const plate of shot.reading.plates) {
      const known = found.get(plate.text);
      const surer = !known || plate.confidence > known.plate.confidence;
      found.set(plate.text, {
        plate: surer ? plate : known.plate,
        shot: surer ? shot : known.shot,
        shots: (known?.shots ?? 0) + 1,
      });
    }
  return [...found.values()].sort((a, b) => b.shots - a.shots || b.plate.confidence - a.plate.confidence);
}
