/** Times and figures in words of the chosen language. */
import { locale, t } from "../texts";

const CLOCK = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
const WHOLE = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" });
const MOMENT = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const PERCENT = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const COUNT = new Intl.NumberFormat(locale);
const DAY_MS = 86_400_000;

export const clock = (moment: string): string => CLOCK.format(new Date(moment));
export const whole = (moment: string): string => WHOLE.format(new Date(moment));
export const moment = (value: string): string => MOMENT.format(new Date(value));
export const count = (value: number): string => COUNT.format(value);
export const percent = (value: number): string => PERCENT.format(value);
export const share = (value: number): string => value.toFixed(2);

/** The clock of another zone at that moment, and the zone; null where it shows the same. */
export function there(moment: string, zone: string | undefined): { time: string; zone: string } | null {
  if (!zone) return null;
  const form = { day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const at = new Date(moment);
  const same =
    new Intl.DateTimeFormat(locale, { ...form, timeZone: zone }).format(at) ===
    new Intl.DateTimeFormat(locale, form).format(at);
  const clockThere = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: zone,
  });
  return same ? null : { time: clockThere.format(at), zone };
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** Of a file, such as "2.3 MB". */
export function size(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const form = { style: "unit", unit: UNITS[step]!, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, form).format(bytes / 1000 ** step);
}

export function day(moment: string): string {
  const midnight = (date: Date): number => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(new Date()) - midnight(new Date(moment))) / DAY_MS);
  if (days === 0) return t("today");
  return days === 1 ? t("yesterday") : DAY.format(new Date(moment));
}

export function ago(moment: string, now: number): string {
  const seconds = Math.max(0, (now - new Date(moment).getTime()) / 1000);
  if (seconds < 3) return t("ago.now");
  if (seconds < 60) return t("ago.seconds", { n: Math.floor(seconds) });
  if (seconds < 3600) return t("ago.minutes", { n: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t("ago.hours", { n: Math.floor(seconds / 3600) });
  return t("ago.days", { n: Math.floor(seconds / 86_400) });
}
