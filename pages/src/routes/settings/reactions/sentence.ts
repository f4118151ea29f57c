/** A rule as a sentence that a guard understands. */
import { locale, t } from "../../../texts";
import { listName } from "../lists/listName";
import type { Known, Rule, RuleSettings } from "./known";

const names = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const dayName = (day: string): string => names.format(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));

function who(lists: readonly string[]): string {
  const named = lists.filter((name) => name !== "any" && name !== "none").map(listName);
  if (lists.includes("any")) return t("reactions:sentence.any");
  const parts = named.length ? [t("reactions:sentence.on", { lists: named.join(", ") })] : [];
  if (lists.includes("none")) parts.push(t("reactions:sentence.none"));
  return parts.join(` ${t("reactions:sentence.or")} `);
}

function times(schedule: NonNullable<RuleSettings["schedule"]>): string {
  return schedule.periods
    .map((one) => `${one.days.map(dayName).join(" ")} ${one.start}–${one.end}`)
    .join(", ");
}

export function sentence(rule: Rule, known: Known): string {
  const { settings: asked } = rule;
  const destination = known.destinations.find((one) => one.id === rule.destination_id);
  const cameras = asked.cameras
    .map((id) => known.cameras.find((one) => one.id === id)?.name ?? "?")
    .join(", ");
  const places = asked.directions.map((one) => t(`direction.${one}`)).join(", ");
  const parts = [
    t("reactions:sentence.when", { who: who(asked.lists) }),
    cameras && t("reactions:sentence.at", { cameras }),
    asked.zones.length && t("reactions:sentence.zones", { zones: asked.zones.join(", ") }),
    places && t("reactions:sentence.going", { directions: places }),
    asked.countries.length && t("reactions:sentence.from", { countries: asked.countries.join(", ") }),
    asked.min_confidence > 0 && t("reactions:sentence.sure", { value: asked.min_confidence }),
    asked.schedule && t("reactions:sentence.week", { times: times(asked.schedule) }),
  ];
  const act = t(destination?.kind === "barrier" ? "reactions:sentence.open" : "reactions:sentence.then", {
    destination: destination?.name ?? "?",
  });
  const limits = [
    asked.cool_down > 0 && t("reactions:sentence.once", { seconds: asked.cool_down }),
    asked.exact_only ? t("reactions:sentence.exact") : "",
    asked.stop ? t("reactions:sentence.stop") : "",
  ];
  const condition = parts.filter(Boolean).join(" ");
  return `${condition}: ${[act, ...limits].filter(Boolean).join(", ")}.`;
}
