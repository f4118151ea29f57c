/** What came of an order to a barrier, asked until it is known and said as a notice. */
import { api, ask } from "../../api/client";
import { notices } from "../../components/notices.svelte";
import { t } from "../../texts";
import { COMMANDS } from "./told";

const ASK_MS = 700;
const LONGEST_MS = 20_000;

export async function outcome(id: string, name: string): Promise<void> {
  const params = { path: { command_id: id } };
  for (let waited = 0; waited < LONGEST_MS; waited += ASK_MS) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    const card = await ask(api.GET("/api/v1/commands/{command_id}", { params })).catch(() => null);
    if (!card || card.state === "new" || card.state === "sent") continue;
    const words = t(`events:command.${card.state}`);
    notices.say(
      `${name}: ${words}${card.result ? ` (${card.result})` : ""}`,
      COMMANDS[card.state] === "ok" ? "ok" : "deny",
    );
    return;
  }
}
