"""The simulated camera as a process."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

import simulators.sunapi_camera as camera_module
from simulators.sunapi_camera import DIGESTS, EMITTERS, Quirks, SunapiCamera


def main() -> None:
    parser = argparse.ArgumentParser(description=camera_module.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--user", default="root")
    parser.add_argument("--password", default="camera-pw")
    parser.add_argument("--digest", choices=DIGESTS, default="pair")
    parser.add_argument("--emitter", choices=EMITTERS, default="one_write")
    parser.add_argument("--motion", type=float, default=0.0, help="seconds between changes of its own event; 0 none")
    options = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    quirks = Quirks(options.digest, options.emitter)
    with SunapiCamera(options.port, options.user, options.password, quirks, options.log) as camera:
        while not stop.wait(options.motion or None):
            camera.set_motion(not camera.motion)


if __name__ == "__main__":
    main()
