/** What the page shows as its address, so that a link shows the same to somebody else, and Back closes the drawer. */
import { navigate } from "../../routes";
import { NO_FILTERS, type Filters } from "./feed.svelte";

export interface Shown {
  filters: Filters;
  event: string | null;
}
const NAMES = ["camera", "list", "country", "plate"] as const;

export function fromAddress(): Shown {
  const query = new URLSearchParams(location.search);
  const filters: Filters = { ...NO_FILTERS, unread: query.get("unread") === "with" };
  for (const name of NAMES) filters[name] = query.get(name) ?? "";
  const direction = query.get("direction");
  if (direction === "in" || direction === "out") filters.direction = direction;
  return { filters, event: query.get("event") };
}

export function toAddress({ filters, event }: Shown): void {
  // The page may be on its way out: another address is not its to write.
  if (location.pathname !== "/") return;
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name]) query.set(name, filters[name]);
  if (filters.direction) query.set("direction", filters.direction);
  if (filters.unread) query.set("unread", "with");
  if (event) query.set("event", event);
  const now = new URLSearchParams(location.search);
  if (query.toString() === now.toString()) return;
  // Opening the drawer is a step that Back takes back; all else is the same place.
  const replace = !event || now.has("event");
  void navigate("/", { search: query.toString(), replace, scrollToTop: false });
}
