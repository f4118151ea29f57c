/** Hours and days by the clocks of the site, which may not be those of this browser. */
import type { Schemas } from "../../api/client";
import { locale } from "../../texts";

export type Statistics = Schemas["Statistics"];
export type Passages = Statistics["passages"][number];

/** How the hours or days of a span are written: short below the chart, whole where one is named. */
export function clocks({ timezone: timeZone, width, passages }: Statistics): {
  short: (one: Passages) => string;
  whole: (one: Passages) => string;
} {
  const severalDays = passages.length > 25;
  const hour = { hour: "2-digit", minute: "2-digit" } as const;
  const date = { day: "numeric", month: "short" } as const;
  const day = passages.length > 7 ? date : ({ weekday: "short", ...date } as const);
  const short = width === "day" ? day : severalDays ? ({ weekday: "short", ...hour } as const) : hour;
  const whole = { weekday: "short", ...date, ...(width === "hour" && hour) } as const;
  const format = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    return (one: Passages): string => made.format(new Date(one.begins));
  };
  return { short: format(short), whole: format(whole) };
}

/** The time of one hour or day within what was asked, as Search takes it. */
export function bounds(told: Statistics, index: number): { from: string; to: string; period: string } {
  const [begins, ends] = [told.passages[index]!.begins, told.passages[index + 1]?.begins ?? told.ends];
  const iso = (moment: string): string => new Date(moment).toISOString();
  const from = Date.parse(begins) < Date.parse(told.begins) ? told.begins : begins;
  return { period: "custom", from: iso(from), to: iso(ends) };
}
