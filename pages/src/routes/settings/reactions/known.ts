/** What a rule may name, as the site knows it now. */
import type { Schemas } from "../../../api/client";

export interface Known {
  cameras: Schemas["CameraOut"][];
  lists: Schemas["ListOut"][];
  destinations: Schemas["DestinationOut"][];
}

export type Rule = Schemas["ReactionOut"];
export type RuleSettings = Rule["settings"];

/** A rule about every vehicle, which each condition narrows down. */
export function widest(): RuleSettings {
  return {
    lists: ["any"],
    exact_only: null,
    cameras: [],
    zones: [],
    directions: [],
    countries: [],
    min_confidence: 0,
    schedule: null,
    cool_down: 0,
    even_if_black: false,
    priority: 100,
    stop: false,
  };
}
