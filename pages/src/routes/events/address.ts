/** What the page shows as its address, so that a link shows the same to somebody else. */
import { NO_FILTERS, type Filters } from "./feed.svelte";

export interface Shown {
  filters: Filters;
  event: string | null;
}
const NAMES = ["camera", "list", "direction", "country", "plate"] as const;

export function fromAddress(): Shown {
  const query = new URLSearchParams(location.search);
  const filters: Filters = { ...NO_FILTERS, unread: query.get("unread") === "with" };
  for (const name of NAMES) filters[name] = (query.get(name) ?? "") as "";
  return { filters, event: query.get("event") };
}

export function toAddress({ filters, event }: Shown): void {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name]) query.set(name, filters[name]);
  if (filters.unread) query.set("unread", "with");
  if (event) query.set("event", event);
  const text = query.toString();
  // The state is the router's own; only the words of the address change.
  history.replaceState(history.state, "", text ? `/?${text}` : "/");
}
