/** The parts of the settings, in the order of the menu; each is loaded with its texts when it is first opened. */
import type { Component } from "svelte";
import type texts from "../../texts/en/settings.json";
import type { loadTexts } from "../../texts";

// A part may take `item`, the rest of the address, and most do not.
type Loaded = { default: Component<any> };

export interface Part {
  id: keyof (typeof texts)["parts"];
  /** The scope without which the part is not shown; `admin` is the role. */
  scope: string | null;
  texts: Parameters<typeof loadTexts>;
  load: () => Promise<Loaded>;
}

export const PARTS: readonly Part[] = [
  {
    id: "cameras",
    scope: "cameras:read",
    texts: ["cameras", "events"],
    load: () => import("./cameras/Cameras.svelte"),
  },
  { id: "lists", scope: "lists:read", texts: ["lists"], load: () => import("./lists/Lists.svelte") },
  {
    id: "reactions",
    scope: "reactions:read",
    texts: ["reactions"],
    load: () => import("./reactions/Reactions.svelte"),
  },
  {
    id: "integrations",
    scope: "destinations:read",
    texts: ["integrations", "events"],
    load: () => import("./integrations/Integrations.svelte"),
  },
  { id: "site", scope: "settings:read", texts: [], load: () => import("./site/Site.svelte") },
  { id: "people", scope: "admin", texts: ["people"], load: () => import("./people/People.svelte") },
  { id: "keys", scope: "admin", texts: ["people", "keys"], load: () => import("./keys/Keys.svelte") },
  {
    id: "retention",
    scope: "settings:read",
    texts: ["retention"],
    load: () => import("./retention/Retention.svelte"),
  },
  { id: "backup", scope: "admin", texts: ["backup"], load: () => import("./backup/Backup.svelte") },
  { id: "audit", scope: "audit:read", texts: ["people"], load: () => import("./audit/Audit.svelte") },
  { id: "account", scope: null, texts: ["people"], load: () => import("./account/Account.svelte") },
  { id: "about", scope: null, texts: ["about"], load: () => import("./about/About.svelte") },
];
