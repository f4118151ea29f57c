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
  // A refusal is no failure of the connection, and still the last that was heard.
  const refused = Date.parse(one.last_error_at ?? "") > Date.parse(one.last_success_at ?? "1970-01-01");
  if (one.failures_in_a_row > 0 || refused)
    return { level: "degraded", words: t("integrations:states.failing", { error: one.last_error }) };
  return one.last_success_at
    ? { level: "ok", words: t("integrations:states.well") }
    : { level: "asking", words: t("integrations:states.new") };
}
