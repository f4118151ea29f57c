/** All texts of the pages, one file a page and language. English is the shape that every other language has. */
import i18next from "i18next";
import type common from "./en/common.json";
import type signIn from "./en/sign-in.json";
import type events from "./en/events.json";
import type search from "./en/search.json";
import type live from "./en/live.json";
import type health from "./en/health.json";
import type tryIt from "./en/try.json";
import type welcome from "./en/welcome.json";
import type settings from "./en/settings.json";
import type lists from "./en/lists.json";
import type reactions from "./en/reactions.json";
import type cameras from "./en/cameras.json";
import type integrations from "./en/integrations.json";
import type people from "./en/people.json";
import type dashboard from "./en/dashboard.json";
import type retention from "./en/retention.json";
import type backup from "./en/backup.json";
import type about from "./en/about.json";
import type keys from "./en/keys.json";

type Catalogue = {
  common: typeof common;
  "sign-in": typeof signIn;
  events: typeof events;
  search: typeof search;
  live: typeof live;
  health: typeof health;
  try: typeof tryIt;
  welcome: typeof welcome;
  settings: typeof settings;
  lists: typeof lists;
  reactions: typeof reactions;
  cameras: typeof cameras;
  integrations: typeof integrations;
  people: typeof people;
  dashboard: typeof dashboard;
  retention: typeof retention;
  backup: typeof backup;
  about: typeof about;
  keys: typeof keys;
};

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: Catalogue;
  }
}

export const LANGUAGES = { en: "English", uk: "Українська" } as const;
export type Language = keyof typeof LANGUAGES;
const KEY = "platewire-language";
const FILES = import.meta.glob<Record<string, unknown>>("./*/*.json", { import: "default" });

function wanted(): Language {
  const asked = [localStorage.getItem(KEY), ...navigator.languages.map((one) => one.slice(0, 2))];
  return (asked.find((one) => one !== null && one in LANGUAGES) as Language | undefined) ?? "en";
}

export const language = wanted();
/** How dates and figures are written: days and months of the language, the day before the month. */
export const locale = language === "en" ? "en-GB" : language;

const begun: Set<string> = new Set();

/** Loads the texts of a page; its route waits for it, so that no key is ever shown. */
export async function loadTexts(...names: (keyof Catalogue)[]): Promise<void> {
  const fresh = names.filter((name) => !begun.has(name));
  await Promise.all(
    fresh.map(async (name) => {
      const load = FILES[`./${language}/${name}.json`] ?? FILES[`./en/${name}.json`];
      if (load) i18next.addResourceBundle(language, name, await load());
      begun.add(name);
    }),
  );
}

/** The language is chosen before anything is drawn; another one needs the page anew. */
export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEY, chosen);
  location.reload();
}

export async function startTexts(): Promise<void> {
  await i18next.init({
    lng: language,
    fallbackLng: false,
    defaultNS: "common",
    resources: {},
    interpolation: { escapeValue: false }, // Svelte escapes
    parseMissingKeyHandler(key) {
      console.error(`no text for ${key}`); // the browser tests fail by it
      return key;
    },
  });
  await loadTexts("common");
  document.documentElement.lang = language;
}

export const t = i18next.t.bind(i18next);
