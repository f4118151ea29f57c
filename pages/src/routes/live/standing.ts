/** How a camera stands, as a word and as the level of its dot. */
import type { Schemas } from "../../api/client";

type Camera = Pick<Schemas["CameraOut"], "enabled" | "status">;

export const stateOf = (camera: Camera): Schemas["CameraState"] =>
  camera.enabled ? camera.status.state : "paused";

const LEVELS: Record<Schemas["CameraState"], string> = {
  running: "ok",
  finished: "ok",
  paused: "asking",
  starting: "asking",
  waiting: "degraded",
  silent: "degraded",
};
export const levelOf = (camera: Camera): string => LEVELS[stateOf(camera)];
