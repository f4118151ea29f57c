/** What is searched, as the page, its address and the API write it. */
import type { paths } from "../../api/schema";

export const MODES = ["contains", "prefix", "suffix", "exact", "similar"] as const;
export const PERIODS = ["today", "yesterday", "week", "month", "custom"] as const;
export const UNREAD = ["without", "with", "only"] as const;
export const CORRECTED = ["with", "without", "only"] as const;
export type Mode = (typeof MODES)[number];
export type Period = (typeof PERIODS)[number];

export interface Asked {
  plate: string;
  mode: Mode;
  period: "" | Period;
  /** ISO moments, only with the period `custom`. */
  from: string;
  to: string;
  /** Any of these; none is all. */
  camera: readonly string[];
  zone: string;
  list: string;
  direction: "" | "in" | "out" | "unknown";
  country: string;
  min_confidence: string;
  max_confidence: string;
  unread: (typeof UNREAD)[number];
  tag: string;
  corrected: (typeof CORRECTED)[number];
}
export const NOTHING: Asked = {
  plate: "",
  mode: "contains",
  period: "",
  from: "",
  to: "",
  camera: [],
  zone: "",
  list: "",
  direction: "",
  country: "",
  min_confidence: "",
  max_confidence: "",
  unread: "without",
  tag: "",
  corrected: "with",
};
const FIELDS = Object.keys(NOTHING) as (keyof Asked)[];
const CHOICES: Partial<Record<keyof Asked, readonly string[]>> = {
  mode: MODES,
  period: PERIODS,
  direction: ["in", "out", "unknown"],
  unread: UNREAD,
  corrected: CORRECTED,
};

const isMoment = (value: string): boolean => !Number.isNaN(Date.parse(value));
const isFigure = (value: string): boolean => Number.isFinite(Number(value));
const FORMS: Partial<Record<keyof Asked, (value: string) => boolean>> = {
  from: isMoment,
  to: isMoment,
  zone: isFigure,
  min_confidence: isFigure,
  max_confidence: isFigure,
};

/** An address from somewhere else may hold anything: what is no choice and no moment is left out. */
export function fromQuery(query: URLSearchParams): Asked {
  const asked = { ...NOTHING, camera: query.getAll("camera").filter(Boolean) };
  for (const field of FIELDS) {
    const value = field === "camera" ? undefined : query.get(field)?.trim();
    if (value && (CHOICES[field]?.includes(value) ?? true) && (FORMS[field]?.(value) ?? true))
      asked[field] = value as never;
  }
  // As the API calls a pattern of the whole plate; a kept search may say it.
  if (query.get("mode") === "wildcard") asked.mode = "exact";
  if (asked.from || asked.to) asked.period = "custom";
  return asked;
}

/** The parts of a search as an address holds them; nothing stands for what does not filter. */
export function toQuery(asked: Asked): [string, string][] {
  return FIELDS.flatMap((field) => {
    const value = asked[field];
    if (typeof value !== "string") return value.map((one): [string, string] => [field, one]);
    return value === NOTHING[field] ? [] : [[field, value]];
  });
}

/** What the API is asked for the same. */
export type Query = NonNullable<paths["/api/v1/events"]["get"]["parameters"]["query"]>;

export function toApi(asked: Asked, now: Date): Query {
  const query: Query = span(asked, now);
  if (asked.unread !== NOTHING.unread) query.unread = asked.unread;
  if (asked.corrected !== NOTHING.corrected) query.corrected = asked.corrected;
  if (asked.plate) Object.assign(query, { plate: asked.plate, mode: modeOf(asked) });
  if (asked.camera.length) query.camera = [...asked.camera];
  for (const field of ["list", "country", "tag"] as const) if (asked[field]) query[field] = asked[field];
  if (asked.direction) query.direction = asked.direction;
  for (const field of ["zone", "min_confidence", "max_confidence"] as const)
    if (asked[field]) query[field] = Number(asked[field]);
  return query;
}

/** The same as one text, such as a kept search and an export have it. */
export function asText(query: Query): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
  );
  return new URLSearchParams(parts).toString();
}

/** A search to be kept: its days are meant anew on each day, so they stay words. */
export function toKeep(asked: Asked): string {
  const { period } = asked;
  const query = asText(toApi({ ...asked, period: period === "custom" ? period : "" }, new Date()));
  return period && period !== "custom" ? `${query}&period=${period}` : query;
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

/** What a search becomes when it is narrowed to some hours, days or months. */
export function within(asked: Asked, from: string, to: string): Partial<Asked> {
  const now = span(asked, new Date());
  const begin = Math.max(Date.parse(from), now.from ? Date.parse(now.from) : -Infinity);
  const end = Math.min(Date.parse(to), now.to ? Date.parse(now.to) : Infinity);
  return { period: "custom", from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}
