/** How long things are kept, as the form holds it: days and whether they are kept for good are apart. */
import type { Schemas } from "../../../api/client";

export const KINDS = ["events", "pictures", "unread", "audit"] as const;
export type Kind = (typeof KINDS)[number];
export type Retention = Schemas["RetentionOut"];
export const MOST_DAYS = 3650;
const USUAL_DAYS = 30;

export interface Draft {
  kinds: Record<Kind, { days: number | null; forGood: boolean }>;
  cameras: { id: string; days: number | null }[];
}

export function draftOf(told: Retention): Draft {
  const one = (days: number | null) => ({ days: days ?? USUAL_DAYS, forGood: days === null });
  return {
    kinds: {
      events: one(told.events_days),
      pictures: one(told.pictures_days),
      unread: one(told.unread_days),
      audit: one(told.audit_days),
    },
    cameras: Object.entries(told.cameras).map(([id, days]) => ({ id, days })),
  };
}

const fits = (days: number | null): days is number =>
  days !== null && Number.isInteger(days) && days >= 1 && days <= MOST_DAYS;

/** What is sent; null while a figure is missing, which must never be taken for "for good". */
export function bodyOf(draft: Draft): Schemas["RetentionIn"] | null {
  const rows = [...Object.values(draft.kinds).filter((one) => !one.forGood), ...draft.cameras];
  if (!rows.every((one) => fits(one.days)) || draft.cameras.some((one) => !one.id)) return null;
  const days = (kind: Kind) => (draft.kinds[kind].forGood ? null : draft.kinds[kind].days);
  return {
    events_days: days("events"),
    pictures_days: days("pictures"),
    unread_days: days("unread"),
    audit_days: days("audit"),
    cameras: Object.fromEntries(draft.cameras.map((one) => [one.id, one.days as number])),
  };
}

const COUNTS = ["events", "unread", "events_with_pictures", "deliveries", "commands", "audit"] as const;

/** Whether something would go that stays by what is set now. */
export function takesMore(now: Retention["would_go"], then: Retention["would_go"]): boolean {
  return COUNTS.some((one) => then[one] > now[one]);
}
