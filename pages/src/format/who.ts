/** Who did something, as one says it: the name of a person; a key keeps its prefix. */
export const who = (actor: string): string => actor.replace(/^user:/, "");
