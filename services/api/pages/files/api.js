// Talks to /api/v1; an error carries the service's own sentence.
const ROOT = "/api/v1";

export class Refused extends Error {
  constructor(status, sentence, slug = "") {
    super(sentence);
    this.status = status;
    this.slug = slug;
  }
}

export function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  const text = new URLSearchParams(given).toString();
  return request("GET", text ? `${path}?${text}` : path);
}

export function send(method, path, body) {
  return request(method, path, body);
}

async function request(method, path, body) {
  const options = { method, headers: { "X-Platewire": "1" }, signal: AbortSignal.timeout(20_000) };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(ROOT + path, options);
  } catch {
    throw new Refused(0, "The service does not answer. Is the network up?");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok || path === "/health") return answer;
  if (response.status === 401 && !location.pathname.startsWith("/sign-in")) location.assign("/sign-in");
  throw new Refused(response.status, answer?.detail ?? `The service answers ${response.status}`, answer?.error);
}
