/** What a camera's last passages say about how it stands: figures, what is wanted, and which advice fits. */
import type { Schemas } from "../../../api/client";

type Passage = Pick<Schemas["EventOut"], "plate" | "unread" | "confidence" | "box" | "captured_at">;

/** Plate width from which on a plate is read well by day and by night */
export const WIDTH_WANTED = 90;
export const SURE_WANTED = 0.85;
export const READ_WANTED = 0.95;
/** Fewer passages in the last hour say nothing; then the last ones count, whenever they were. */
export const ENOUGH = 10;
const HOUR_MS = 3_600_000;

export interface Figures {
  /** Passages that were looked at; `hour` is whether all are of the last hour. */
  passages: number;
  hour: boolean;
  /** Medians over the passages that were read; null where none was. */
  width: number | null;
  sure: number | null;
  /** Share of passages that were read. */
  read: number;
  reasons: { reason: Schemas["UnreadReason"]; share: number }[];
}

function median(values: number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

export function figuresOf(newest: readonly Passage[], now: number): Figures {
  const recent = newest.filter((one) => now - Date.parse(one.captured_at) < HOUR_MS);
  const hour = recent.length >= ENOUGH;
  const passages = hour ? recent : newest;
  const read = passages.filter((one) => one.plate);
  const counts = new Map<Schemas["UnreadReason"], number>();
  for (const { unread } of passages) if (unread) counts.set(unread, (counts.get(unread) ?? 0) + 1);
  return {
    passages: passages.length,
    hour,
    width: median(read.map((one) => one.box[2] ?? 0)),
    sure: median(read.map((one) => one.confidence)),
    read: passages.length ? read.length / passages.length : 0,
    reasons: [...counts]
      .map(([reason, count]) => ({ reason, share: count / passages.length }))
      .sort((a, b) => b.share - a.share),
  };
}
