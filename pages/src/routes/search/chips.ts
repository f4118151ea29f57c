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
  for (const id of asked.camera)
    chips.push({
      id,
      words: t("search:chip.camera", { name: cameraName(id) }),
      without: { camera: asked.camera.filter((one) => one !== id) },
    });
  say(asked.zone, () => t("search:chip.zone", { zone: asked.zone }), "zone");
  say(asked.list, () => listWords(asked.list), "list");
  say(
    asked.direction,
    () => t("search:chip.direction", { way: t(`direction.${asked.direction || "unknown"}`) }),
    "direction",
  );
  say(asked.country, () => countryName(asked.country), "country");
  const { min_confidence: min, max_confidence: max, tag } = asked;
  say(min, () => t("search:chip.min", { value: min }), "min_confidence");
  say(max, () => t("search:chip.max", { value: max }), "max_confidence");
  say(asked.unread !== "without", () => t(`search:unread.${asked.unread}`), "unread");
  say(tag, () => t("search:chip.tag", { tag }), "tag");
  say(asked.corrected !== "with", () => t(`search:corrected.${asked.corrected}`), "corrected");
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
