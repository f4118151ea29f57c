"""`python -m services.recognizer`: one copy of the recognizer."""

from __future__ import annotations

import os
import socket
import threading

import cv2

from services.recognizer.engines import build
from services.recognizer.settings import RecognizerSettings
from services.recognizer.worker import Recognizer, camera_streams
from shared import streams
from shared.clock import now
from shared.media import MediaStore
from shared.process import Stop, heartbeat_file, run_service
from shared.settings import Settings, from_environment
from shared.status import ServiceStatus, report_service
from shared.streams import Consumer


def main(stop: Stop) -> None:
    settings, own = from_environment(), RecognizerSettings.from_environment()
    cv2.setNumThreads(own.threads)
    frames = streams.connect(settings.redis_frames_url)
    events = streams.connect(settings.redis_events_url)
    pipeline = build(own.engine, own.device, own.threads)
    recognizer = Recognizer(pipeline, frames, events, MediaStore(settings.media_dir), own.stale_after)
    name = settings.instance or f"{socket.gethostname()}-{os.getpid()}"
    consumer = Consumer(
        client=frames,
        group="recognizer",
        name=name,
        streams=camera_streams(frames),
        handle=recognizer.handle,
        batch=1,
        block_ms=100,
        claim_idle_ms=10_000,
        delete_handled=True,
        heartbeat=heartbeat_file("recognizer"),
        stopping=stop,
    )
    threading.Thread(target=_report, args=(settings, name, recognizer, stop), daemon=True).start()
    consumer.run()


def _report(settings: Settings, name: str, recognizer: Recognizer, stop: Stop) -> None:
    client = streams.connect(settings.redis_events_url)
    while not stop.wait(2):
        values = {key: float(value) for key, value in recognizer.counters.items()}
        try:
            report_service(client, ServiceStatus(service="recognizer", instance=name, at=now(), values=values))
        except streams.REDIS_DOWN:
            continue


if __name__ == "__main__":
    run_service("recognizer", main)
