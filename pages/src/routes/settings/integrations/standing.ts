/** How a destination is, as level and words. */
import type { Schemas } from "../../../api/client";
import { clock } from "../../../format/times";
import { t } from "../../../texts";

export interface Standing {
  level: "ok" | "degraded" | "failing" | "asking";
  words: string;
}

export function standing(one: Schemas["DestinationOut"]): Standing {
  if (!one.enabled) return { level: "asking", words: t("integrations:states.off") };
  if (one.open_until && Date.parse(one.open_until) > Date.now()) {
    return { level: "failing", words: t("integrations:states.resting", { when: clock(one.open_until) }) };
  }
  if (one.failures_in_a_row > 0)
    return { level: "degraded", words: t("integrations:states.failing", { error: one.last_error }) };
  return one.last_success_at
    ? { level: "ok", words: t("integrations:states.well") }
    : { level: "asking", words: t("integrations:states.new") };
}
