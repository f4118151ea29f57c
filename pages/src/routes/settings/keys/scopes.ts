/** What a key may do: every scope of the API, and choices of them that are usual. */
import type { Schemas } from "../../../api/client";

type Given = Schemas["KeyIn"]["scopes"][number];
export type Scope = Exclude<Given, "*">;
type Dotted<S> = S extends `${infer Noun}:${infer Verb}` ? `${Noun}.${Verb}` : never;

export const SCOPES = [
  "events:read",
  "events:write",
  "events:push",
  "lists:read",
  "lists:write",
  "pictures:read",
  "pictures:write",
  "cameras:read",
  "cameras:write",
  "reactions:read",
  "reactions:write",
  "destinations:read",
  "destinations:write",
  "deliveries:read",
  "deliveries:write",
  "barriers:open",
  "barriers:write",
  "settings:read",
  "settings:write",
  "audit:read",
  "metrics:read",
  "meta:connect",
] as const satisfies readonly Scope[];

/** They concern all cameras, so a key that is limited to some cannot use them. */
export const SITE_WIDE: ReadonlySet<Scope> = new Set<Scope>([
  "audit:read",
  "barriers:open",
  "barriers:write",
  "destinations:write",
  "metrics:read",
  "reactions:write",
  "settings:write",
]);

export const PRESETS = ["look", "push", "webapi", "all", "own"] as const;
export type Preset = (typeof PRESETS)[number];
export const CHOSEN: Record<Exclude<Preset, "all" | "own">, readonly Scope[]> = {
  look: ["events:read", "lists:read", "cameras:read"],
  push: ["events:push"],
  webapi: ["events:read", "lists:read", "lists:write"],
};

/** The key of a scope's words among the texts, where a colon parts something else. */
export function dotted<S extends Scope>(scope: S): Dotted<S> {
  return scope.replace(":", ".") as Dotted<S>;
}

/** The usual choice that these scopes are; `own` for any other. */
export function presetOf(scopes: readonly string[]): Preset {
  if (scopes.includes("*")) return "all";
  const same = (some: readonly string[]) =>
    some.length === scopes.length && some.every((one) => scopes.includes(one));
  return PRESETS.find((one) => one !== "all" && one !== "own" && same(CHOSEN[one])) ?? "own";
}
