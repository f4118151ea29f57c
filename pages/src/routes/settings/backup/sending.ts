/** Requests that take longer than others, or whose body is no JSON: what is wrong with them is told in the usual way. */
import { Refused } from "../../../api/client";
import { t } from "../../../texts";

const SLOW_MS = 600_000;

/** Raises Refused, as `ask` does. */
export async function send(path: string, body: string | FormData): Promise<Response> {
  const headers = {
    "X-Platewire": "1",
    ...(typeof body === "string" && { "Content-Type": "application/json" }),
  };
  const signal = AbortSignal.timeout(SLOW_MS);
  const answer = await fetch(path, { method: "POST", headers, body, signal }).catch(() => {
    throw new Refused(0, t("unreachable"), "unreachable");
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(
    answer.status,
    told.detail ?? t("answers", { status: answer.status }),
    told.error ?? "",
    told.field ?? null,
  );
}
