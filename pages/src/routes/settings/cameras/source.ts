/** The kinds of cameras, and what each is asked for. */
import type { Schemas } from "../../../api/client";

export type Source = Schemas["CameraIn"]["source"];
export type SourceKind = Source["kind"];

export function freshSource(kind: SourceKind): Source {
  const fresh: Record<SourceKind, Source> = {
    rtsp: { kind: "rtsp", url: "", transport: "tcp" },
    mjpeg: { kind: "mjpeg", url: "" },
    snapshot: { kind: "snapshot", url: "" },
    file: { kind: "file", path: "", loop: false, realtime: false },
    folder: { kind: "folder", path: "", watch: false },
    upload: { kind: "upload" },
    demo: { kind: "demo", seed: 7 },
    push: { kind: "push", device: "" },
  };
  return fresh[kind];
}

export const KINDS: readonly SourceKind[] = [
  "rtsp",
  "mjpeg",
  "snapshot",
  "file",
  "folder",
  "upload",
  "demo",
  "push",
];

/** The address with user and password, as the field for it takes them; they may hold any letter. */
export function withUser(url: string, user: string, password: string): string {
  if (!user) return url;
  const secret = password ? `:${encodeURIComponent(password)}` : "";
  return url.replace("://", `://${encodeURIComponent(user)}${secret}@`);
}

export function freshSettings(): Schemas["CameraSettings"] {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    rate: 5,
    motion: true,
    regions: [],
    countries: [],
    towards: "in",
    lost_after: 5,
    sensor_id: "",
    zone,
  };
}
