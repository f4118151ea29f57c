/** Which time and camera the dashboard tells of; its address is understood by Search too, so that figures lead there. */
import type { paths } from "../../api/schema";
import { span } from "../search/asked";

export const PERIODS = ["today", "week", "month", "custom"] as const;
export type Period = (typeof PERIODS)[number];

export interface Asked {
  period: Period;
  /** ISO moments, only with the period `custom`. */
  from: string;
  to: string;
  camera: string;
}

/** An address from somewhere else may hold anything: what is no choice and no moment is left out. */
export function fromQuery(query: URLSearchParams): Asked {
  const momentOf = (field: string): string => {
    const value = query.get(field) ?? "";
    return Number.isNaN(Date.parse(value)) ? "" : value;
  };
  const [from, to] = [momentOf("from"), momentOf("to")];
  const period = PERIODS.find((one) => one === query.get("period")) ?? "today";
  return { period: from || to ? "custom" : period, from, to, camera: query.get("camera") ?? "" };
}

export function toQuery(asked: Asked): Record<string, string> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value));
}

/** The same time with its two ends, as a beginning for one's own. */
export function asCustom(asked: Asked, now: Date): Asked {
  const { from = "", to = now.toISOString() } = span(asked, now);
  return { ...asked, period: "custom", from, to };
}

type Query = NonNullable<paths["/api/v1/statistics"]["get"]["parameters"]["query"]>;

export function toApi(asked: Asked, now: Date): Query {
  return { ...span(asked, now), ...(asked.camera && { camera: [asked.camera] }) };
}

/** Where Search shows the passages behind a figure; `more` narrows what is asked. */
export type Drill = (more: Record<string, string>) => string;

export function drill(asked: Asked): Drill {
  return (more) => `/search?${new URLSearchParams({ ...toQuery(asked), ...more })}`;
}
