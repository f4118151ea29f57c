/** The API of this site, typed by its own OpenAPI document; an error carries the service's own sentence. */
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";
import { t } from "../texts";

/** The client answers with tuples as arrays; so do these types, or no answer would fit its own schema. */
type Loose<T> = T extends readonly [unknown, ...unknown[]]
  ? T[number][]
  : T extends object
    ? { [K in keyof T]: Loose<T[K]> }
    : T;
type AllSchemas = components["schemas"];
export type Schemas = { [K in keyof AllSchemas]: Loose<AllSchemas[K]> };

export class Refused extends Error {
  constructor(
    readonly status: number,
    sentence: string,
    /** Stable word for the reason, such as `second_factor_needed`. */
    readonly slug = "",
    /** The field that is wrong, such as `settings.host`, if it is one. */
    readonly field: string | null = null,
  ) {
    super(sentence);
  }
}

/** Called when the session is over: the page asks for the password and keeps what was typed. */
let signedOut: () => void = () => {};
export function onSignedOut(handle: () => void): void {
  signedOut = handle;
}

const TIMEOUT_MS = 20_000;

const manners: Middleware = {
  onRequest({ request }) {
    // A header that a form on another site cannot send (CSRF).
    request.headers.set("X-Platewire", "1");
    return new Request(request, {
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  },
  onError() {
    return new Refused(0, t("common:unreachable"), "unreachable");
  },
};

export const api = createClient<paths>();
api.use(manners);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer, or `Refused` with the sentence of the service. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const told = (error ?? {}) as { detail?: string; error?: string; field?: string | null };
  // A wrong password and a missing code are also 401: these are for the form that asked.
  if (response.status === 401 && told.error === "sign_in_needed" && !response.url.endsWith("/session"))
    signedOut();
  throw new Refused(
    response.status,
    told.detail ?? t("common:answers", { status: response.status }),
    told.error ?? "",
    told.field ?? null,
  );
}
