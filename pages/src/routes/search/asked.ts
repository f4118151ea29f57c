/** What is searched for: as fields of the form, as an address, as a question to the API, and in words. */
import { countryName } from "../../format/countries";
import { whole } from "../../format/times";
import { t } from "../../texts";
import { listName } from "../settings/lists/listName";

export interface Asked {
  plate: string;
  similar: boolean;
  camera: string;
  list: string;
  direction: "" | "in" | "out";
  country: string;
  zone: string;
  confidence: string;
  unread: boolean;
  /** As `<input type="datetime-local">` has them, by this browser's clock. */
  from: string;
  to: string;
}
export const ANYTHING: Asked = {
  plate: "",
  similar: false,
  camera: "",
  list: "",
  direction: "",
  country: "",
  zone: "",
  confidence: "",
  unread: false,
  from: "",
  to: "",
};
const NAMES = Object.keys(ANYTHING) as (keyof Asked)[];

export function fromAddress(): Asked {
  const query = new URLSearchParams(location.search);
  const found: Record<string, string | boolean> = { ...ANYTHING };
  for (const name of NAMES) {
    const given = query.get(name);
    if (given !== null) found[name] = typeof ANYTHING[name] === "boolean" ? given === "true" : given;
  }
  return found as unknown as Asked;
}

export function toAddress(asked: Asked, wall: boolean): void {
  const query = new URLSearchParams();
  for (const name of NAMES) if (asked[name]) query.set(name, String(asked[name]));
  if (wall) query.set("view", "wall");
  const text = query.toString();
  history.replaceState(history.state, "", text ? `/search?${text}` : "/search");
}

const moment = (local: string): string => new Date(local).toISOString();

/** The question to `GET /events`. */
export function question(asked: Asked) {
  return {
    ...(asked.plate.trim() && { plate: asked.plate.trim() }),
    ...(asked.similar && asked.plate.trim() && { mode: "similar" as const }),
    ...(asked.camera && { camera: asked.camera }),
    ...(asked.list && { list: asked.list }),
    ...(asked.direction && { direction: asked.direction }),
    ...(asked.country && { country: asked.country }),
    ...(asked.zone && { zone: Number(asked.zone) }),
    ...(asked.confidence && { min_confidence: Number(asked.confidence) }),
    ...(asked.unread && { unread: "with" as const }),
    ...(asked.from && { from: moment(asked.from) }),
    ...(asked.to && { to: moment(asked.to) }),
  };
}

/** What was understood, part by part; each can be taken away by the name of its field. */
export function parts(asked: Asked, cameraName: (id: string) => string): [keyof Asked, string][] {
  const list =
    asked.list === "none" ? t("search:chips.none") : t("search:chips.list", { value: listName(asked.list) });
  const all: [keyof Asked, string][] = [
    ["plate", t("search:chips.plate", { value: asked.plate })],
    ["similar", t("search:chips.similar")],
    ["camera", t("search:chips.camera", { value: cameraName(asked.camera) })],
    ["list", list],
    [
      "direction",
      asked.direction ? t("search:chips.direction", { value: t(`direction.${asked.direction}`) }) : "",
    ],
    ["country", t("search:chips.country", { value: countryName(asked.country) })],
    ["zone", t("search:chips.zone", { value: asked.zone })],
    ["confidence", t("search:chips.confidence", { value: asked.confidence })],
    ["unread", t("search:chips.unread")],
    ["from", asked.from ? t("search:chips.from", { value: whole(moment(asked.from)) }) : ""],
    ["to", asked.to ? t("search:chips.to", { value: whole(moment(asked.to)) }) : ""],
  ];
  return all.filter(([name]) => asked[name]);
}

export type Preset = "any" | "today" | "yesterday" | "week" | "month" | "own";
const DAY_MS = 86_400_000;

/** From and until of a preset, as the form's fields have them. */
export function preset(name: Preset): { from: string; to: string } {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const local = (time: number): string => {
    const date = new Date(time);
    return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const today = midnight.getTime();
  if (name === "today") return { from: local(today), to: "" };
  if (name === "yesterday") return { from: local(today - DAY_MS), to: local(today) };
  if (name === "week") return { from: local(today - 6 * DAY_MS), to: "" };
  if (name === "month") return { from: local(today - 29 * DAY_MS), to: "" };
  return { from: "", to: "" };
}
