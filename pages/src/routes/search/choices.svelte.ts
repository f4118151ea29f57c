/** What a search can be narrowed to: cameras, lists and tags of the site, as far as this person may see them. */
import { api, ask, type Schemas } from "../../api/client";
import { session } from "../../api/session.svelte";

export class Choices {
  cameras = $state.raw<Schemas["CameraOut"][]>([]);
  lists = $state.raw<Schemas["ListOut"][]>([]);
  /** The most used first. */
  tags = $state.raw<string[]>([]);

  /** Without them the search works all the same. */
  load(): void {
    if (session.may("cameras:read"))
      ask(api.GET("/api/v1/cameras")).then(
        (found) => (this.cameras = found.cameras as Schemas["CameraOut"][]),
        () => {},
      );
    if (session.may("lists:read"))
      ask(api.GET("/api/v1/lists")).then(
        (found) => (this.lists = found.lists),
        () => {},
      );
    this.loadTags();
  }
  loadTags(): void {
    ask(api.GET("/api/v1/tags")).then(
      (found) => (this.tags = found.tags.map((one) => one.tag)),
      () => {},
    );
  }
  cameraName(id: string): string | undefined {
    return this.cameras.find((one) => one.id === id)?.name;
  }
}
