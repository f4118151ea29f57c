/** The present second, one timer for all ages on the page. */
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Milliseconds since 1970; what reads it in markup is drawn anew each second. */
export function now(): number {
  subscribe();
  return Date.now();
}
