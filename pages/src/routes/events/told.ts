/** States of deliveries and of orders to barriers, as meaning and word. */
import type { Schemas } from "../../api/client";
import { t } from "../../texts";

export type Meaning = "ok" | "wait" | "warn" | "deny" | "none";
export interface Told {
  id: string;
  name: string;
  meaning: Meaning;
  word: string;
  /** What a person sees on hover: the outcome, or what went wrong. */
  title: string;
  attempts: number;
}

const DELIVERIES: Record<Schemas["DeliveryState"] | "retry", Meaning> = {
  delivered: "ok",
  due: "wait",
  retry: "warn",
  dead: "deny",
  expired: "none",
};
export const COMMANDS: Record<Schemas["CommandState"], Meaning> = {
  new: "wait",
  sent: "wait",
  done: "ok",
  confirmed: "ok",
  unknown: "warn",
  failed: "deny",
  expired: "none",
  refused: "none",
};

export function delivery(card: Schemas["DeliveryCard"]): Told {
  const state = card.state === "due" && card.attempts > 0 ? "retry" : card.state;
  const word = t(`events:delivery.${state}`);
  const title = `${card.destination}: ${(state !== "delivered" && card.last_error) || word}`;
  const attempts = state === "retry" ? card.attempts : 0;
  return { id: card.delivery_id, name: card.destination, meaning: DELIVERIES[state], word, title, attempts };
}

export function command(card: Schemas["CommandCard"]): Told {
  const word = t(`events:command.${card.state}`);
  const title = `${card.destination}: ${card.result || word}`;
  return {
    id: card.command_id,
    name: card.destination,
    meaning: COMMANDS[card.state],
    word,
    title,
    attempts: 0,
  };
}

/** Orders first: whether a gate opened matters most. */
export function toldOf(event: Pick<Schemas["EventOut"], "deliveries" | "commands">): Told[] {
  return [...event.commands.map(command), ...event.deliveries.map(delivery)];
}
