/** Vite plugin: what the pages are built of, read from the lock file when they are compiled; nothing is asked of a host. */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const NAME = "virtual:packages";
const LOCK = new URL("./package-lock.json", import.meta.url);

interface Locked {
  packages: Record<string, { version?: string; license?: string; dev?: boolean }>;
}

/** Name, version and licence of each package that is no tool of development, by name. */
function packages(): { name: string; version: string; licence: string }[] {
  const locked = JSON.parse(readFileSync(LOCK, "utf-8")) as Locked;
  return Object.entries(locked.packages)
    .filter(([path, one]) => path !== "" && !one.dev)
    .map(([path, one]) => ({
      name: path.replace(/^.*node_modules\//, ""),
      version: one.version ?? "",
      licence: one.license ?? "",
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

export function listPackages(): Plugin {
  return {
    name: "list-packages",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(packages())};` : undefined),
  };
}
