/** When an entry counts, in words. */
import type { Schemas } from "../../../api/client";
import { locale, t } from "../../../texts";

const MOMENT = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

export function validity(entry: Pick<Schemas["EntryOut"], "valid_from" | "valid_to" | "schedule">): string {
  if (entry.valid_to && new Date(entry.valid_to) < new Date()) return t("lists:over");
  const parts = [
    entry.valid_from ? t("lists:from", { from: MOMENT.format(new Date(entry.valid_from)) }) : "",
    entry.valid_to ? t("lists:until", { to: MOMENT.format(new Date(entry.valid_to)) }) : "",
    entry.schedule ? t("lists:byWeek") : "",
  ];
  return parts.filter(Boolean).join(", ") || t("lists:always");
}

/** A moment as `<input type="datetime-local">` shows it, by the clock of this browser; empty for none. */
export function asLocal(moment: string | null | undefined): string {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment that was typed, with its zone; null for none. */
export function asMoment(local: string): string | null {
  return local ? new Date(local).toISOString() : null;
}
