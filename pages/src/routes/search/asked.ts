/** What is searched, as the page, its address and the API write it. */
import type { paths } from "../../api/schema";

export const MODES = ["contains", "prefix", "suffix", "exact", "similar"] as const;
export const PERIODS = ["today", "yesterday", "week", "month", "custom"] as const;
export const UNREAD = ["without", "with", "only"] as const;
export type Mode = (typeof MODES)[number];
export type Period = (typeof PERIODS)[number];

export interface Asked {
  plate: string;
  mode: Mode;
  period: "" | Period;
  /** ISO moments, only with the period `custom`. */
  from: string;
  to: string;
  camera: string;
  zone: string;
  list: string;
  direction: "" | "in" | "out" | "unknown";
  country: string;
  sure: string;
  unread: (typeof UNREAD)[number];
}
export const NOTHING: Asked = {
  plate: "",
  mode: "contains",
  period: "",
  from: "",
  to: "",
  camera: "",
  zone: "",
  list: "",
  direction: "",
  country: "",
  sure: "",
  unread: "without",
};
export const FIELDS = Object.keys(NOTHING) as (keyof Asked)[];
const CHOICES: Partial<Record<keyof Asked, readonly string[]>> = {
  mode: MODES,
  period: PERIODS,
  direction: ["in", "out", "unknown"],
  unread: UNREAD,
};

const isMoment = (value: string): boolean => !Number.isNaN(Date.parse(value));
const isFigure = (value: string): boolean => Number.isFinite(Number(value));
const FORMS: Partial<Record<keyof Asked, (value: string) => boolean>> = {
  from: isMoment,
  to: isMoment,
  zone: isFigure,
  sure: isFigure,
};

/** An address from somewhere else may hold anything: what is no choice and no moment is left out. */
export function fromQuery(query: URLSearchParams): Asked {
  const asked = { ...NOTHING };
  for (const field of FIELDS) {
    const value = query.get(field)?.trim();
    if (value && (CHOICES[field]?.includes(value) ?? true) && (FORMS[field]?.(value) ?? true))
      asked[field] = value as never;
  }
  if (asked.from || asked.to) asked.period = "custom";
  return asked;
}

export function toQuery(asked: Asked): Record<string, string> {
  const given = FIELDS.filter((field) => asked[field] !== NOTHING[field]);
  return Object.fromEntries(given.map((field) => [field, asked[field]]));
}

/** What the API is asked for the same. */
type Query = NonNullable<paths["/api/v1/events"]["get"]["parameters"]["query"]>;

export function toApi(asked: Asked, now: Date): Query {
  const query: Query = { unread: asked.unread, ...span(asked, now) };
  if (asked.plate) Object.assign(query, { plate: asked.plate, mode: modeOf(asked) });
  if (asked.camera) query.camera = [asked.camera];
  for (const field of ["list", "country"] as const) if (asked[field]) query[field] = asked[field];
  if (asked.direction) query.direction = asked.direction;
  if (asked.zone) query.zone = Number(asked.zone);
  if (asked.sure) query.min_confidence = Number(asked.sure);
  return query;
}

/** A pattern that was asked for as a whole plate is one; look-alikes of a pattern do not exist. */
function modeOf({ plate, mode }: Asked): Query["mode"] {
  if (!/[?*]/.test(plate)) return mode;
  return mode === "exact" || mode === "similar" ? "wildcard" : mode;
}

const DAYS_BACK = { today: 0, yesterday: 1, week: 6, month: 29 } as const;

/** By the clock of this browser: its days begin at its midnight. */
export function span(
  asked: Pick<Asked, "period" | "from" | "to">,
  now: Date,
): { from?: string; to?: string } {
  if (asked.period === "custom")
    return { ...(asked.from && { from: asked.from }), ...(asked.to && { to: asked.to }) };
  if (!asked.period) return {};
  const midnight = (back: number): string =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - back).toISOString();
  const from = midnight(DAYS_BACK[asked.period]);
  return asked.period === "yesterday" ? { from, to: midnight(0) } : { from };
}
