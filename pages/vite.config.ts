import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { listPackages } from "./packages.ts";

// The site to talk to while developing: `npm run dev` beside `make run`.
const SITE = process.env.PLATEWIRE_SITE ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/pages/",
  plugins: [svelte(), listPackages()],
  build: {
    outDir: "../services/api/pages/built",
    emptyOutDir: true,
    assetsDir: ".",
    // Nothing inlined: the content security policy takes files of this host only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": SITE, "/WebAPI": SITE } },
});
