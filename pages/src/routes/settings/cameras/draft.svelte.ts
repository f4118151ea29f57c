/** A camera while it is changed: what its tabs show, what is sent, and which tab holds a field that is wrong. */
import { api, ask, Refused, type Schemas } from "../../../api/client";
import { freshSettings, freshSource, type Source } from "./source";

type Camera = Schemas["CameraOut"];
export const TABS = ["source", "reading", "passage"] as const;
export type Tab = (typeof TABS)[number] | "coach";

const FIELDS: Record<(typeof TABS)[number], readonly string[]> = {
  source: ["name", "url", "path", "device", "source"],
  reading: ["rate", "countries", "regions"],
  passage: ["lost_after", "zone", "sensor_id", "towards"],
};

export class Draft {
  name = $state("");
  source = $state<Source>(freshSource("rtsp"));
  settings = $state(freshSettings());
  countries = $state("");
  refused = $state.raw<Refused | null>(null);
  busy = $state(false);
  /** Whether cameras are looked for in the network, in a dialog beside the form. */
  finding = $state(false);
  readonly begun: Camera | undefined;
  #saved = $state("");

  constructor(camera?: Camera) {
    this.begun = camera;
    if (camera) this.take(camera);
  }

  get body() {
    const countries = this.countries
      .toUpperCase()
      .split(/[\s,;]+/)
      .filter(Boolean);
    const settings = { ...$state.snapshot(this.settings), countries };
    return { name: this.name, source: $state.snapshot(this.source), settings };
  }

  get changed(): boolean {
    return JSON.stringify(this.body) !== this.#saved;
  }

  /** The tab that holds what was refused. */
  get wrong(): Tab | undefined {
    return TABS.find((tab) => FIELDS[tab].some((field) => this.errorOf(field)));
  }

  errorOf(field: string): string | null {
    return this.refused?.field?.split(".").includes(field) ? this.refused.message : null;
  }

  take(camera: Camera): void {
    this.name = camera.name;
    this.source = structuredClone(camera.source);
    this.settings = structuredClone(camera.settings);
    this.countries = camera.settings.countries.join(" ");
    this.#saved = JSON.stringify(this.body);
  }

  /** A stream that was found; the camera's own name, where nobody gave it one. */
  found(url: string, name: string): void {
    this.source = { ...freshSource("rtsp"), url } as Source;
    this.name ||= name;
    this.finding = false;
  }

  /** The stored camera, or null when it was refused; then `refused` says why. */
  async save(): Promise<Camera | null> {
    this.busy = true;
    this.refused = null;
    try {
      const saved = await this.#store();
      this.take(saved);
      return saved;
    } catch (error) {
      this.refused = error as Refused;
      return null;
    } finally {
      this.busy = false;
    }
  }

  async #store(): Promise<Camera> {
    // A polygon is an array here and a tuple in the document.
    const body = this.body as never as Schemas["CameraIn"] & Record<string, never>;
    if (!this.begun)
      return await ask(
        api.POST("/api/v1/cameras", { body: { ...(body as object), enabled: true } as never }),
      );
    const path = { camera_id: this.begun.id };
    return await ask(api.PATCH("/api/v1/cameras/{camera_id}", { params: { path }, body: body as never }));
  }
}
