/** A passage as it is now, after the live feed told of it again or a person changed it. */
import { api, ask, type Schemas } from "../../api/client";

type Event = Schemas["EventOut"];

/**
 * What the live feed tells of a passage that is known. The feed carries no deliveries and no tags, and it goes on telling
 * what cameras read where a person has corrected that.
 */
export function heard(told: Event, known: Event | undefined): Event {
  if (!known) return told;
  const { deliveries, commands, tags, correction } = known;
  const now = { ...told, deliveries, commands, tags };
  if (!correction) return now;
  const { plate, country, region, unread, lists, hits } = known;
  return { ...now, plate, country, region, unread, lists, hits, correction };
}

/** Asks for passages that a person changed; one that cannot be had stays as it is shown. */
export async function anew(ids: readonly string[]): Promise<Event[]> {
  const answers = ids.map((event_id) =>
    ask(api.GET("/api/v1/events/{event_id}", { params: { path: { event_id } } })),
  );
  const told = await Promise.allSettled(answers);
  return told.flatMap((one) => (one.status === "fulfilled" ? [one.value as Event] : []));
}
