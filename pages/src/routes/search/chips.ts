/** What was understood of a search, part by part, in words; each part knows how it is taken away. */
import { countryName } from "../../format/countries";
import { moment } from "../../format/times";
import { t } from "../../texts";
import { listName } from "../settings/lists/listName";
import { NOTHING, type Asked } from "./asked";

export interface Chip {
  id: string;
  words: string;
  without: Partial<Asked>;
}

export function chipsOf(asked: Asked, cameraName: (id: string) => string): Chip[] {
  const chips: Chip[] = [];
  const say = (given: unknown, words: () => string, ...fields: (keyof Asked)[]): void => {
    if (!given) return;
    const without = Object.fromEntries(fields.map((field) => [field, NOTHING[field]]));
    chips.push({ id: fields[0]!, words: words(), without });
  };
  say(asked.plate, () => plateWords(asked), "plate", "mode");
  say(asked.period, () => periodWords(asked), "period", "from", "to");
  say(asked.camera, () => t("search:chip.camera", { name: cameraName(asked.camera) }), "camera");
  say(asked.zone, () => t("search:chip.zone", { zone: asked.zone }), "zone");
  say(asked.list, () => listWords(asked.list), "list");
  say(
    asked.direction,
    () => t("search:chip.direction", { way: t(`direction.${asked.direction || "unknown"}`) }),
    "direction",
  );
  say(asked.country, () => countryName(asked.country), "country");
  say(asked.sure, () => t("search:chip.sure", { value: asked.sure }), "sure");
  say(asked.unread !== "without", () => t(`search:unread.${asked.unread}`), "unread");
  return chips;
}

function plateWords({ plate, mode }: Asked): string {
  const pattern = /[?*]/.test(plate);
  const shown = pattern && mode === "similar" ? "exact" : mode;
  return t(`search:chip.plate.${shown}`, { plate });
}

function periodWords({ period, from, to }: Asked): string {
  if (period === "custom") {
    if (from && to) return t("search:chip.between", { from: moment(from), to: moment(to) });
    return from
      ? t("search:chip.from", { from: moment(from) })
      : to
        ? t("search:chip.to", { to: moment(to) })
        : t("search:period.custom");
  }
  return period ? t(`search:period.${period}`) : "";
}

function listWords(name: string): string {
  return name === "none" ? t("search:chip.noList") : t("search:chip.list", { name: listName(name) });
}
