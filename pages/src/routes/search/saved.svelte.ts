/** Searches that this person keeps under a name. */
import { api, ask, type Schemas } from "../../api/client";
import { toKeep, type Asked } from "./asked";

type Search = Schemas["SearchOut"];

export class Saved {
  /** By name; null until they are known. */
  searches = $state.raw<Search[] | null>(null);
  refused = $state("");

  async load(): Promise<void> {
    try {
      this.searches = (await ask(api.GET("/api/v1/searches"))).searches;
      this.refused = "";
    } catch (error) {
      this.refused = (error as Error).message;
    }
  }
  async save(name: string, asked: Asked): Promise<Search> {
    const body = { name, query: toKeep(asked) };
    const made = await ask(api.POST("/api/v1/searches", { body }));
    const all = [...(this.searches ?? []), made];
    this.searches = all.sort((a, b) => a.name.localeCompare(b.name));
    return made;
  }
  async remove(search: Search): Promise<void> {
    await ask(api.DELETE("/api/v1/searches/{search_id}", { params: { path: { search_id: search.id } } }));
    this.searches = this.searches?.filter((one) => one.id !== search.id) ?? null;
  }
}
