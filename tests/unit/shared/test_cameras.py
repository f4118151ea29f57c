from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.cameras import AnySource, CameraSettings, RtspSource, SnapshotSource, UploadSource, host_of
from shared.secrets import MASK

ANY: TypeAdapter[AnySource] = TypeAdapter(AnySource)
SECRET = RtspSource(url="rtsp://admin:s3cret@10.0.0.5:554/stream1")


def test_a_masked_source_hides_only_the_password() -> None:
    assert SECRET.masked().url == f"rtsp://admin:{MASK}@10.0.0.5:554/stream1"


def test_a_saved_mask_keeps_the_stored_password() -> None:
    saved = RtspSource(url=f"rtsp://admin:{MASK}@10.0.0.5:554/stream2")
    assert saved.unmasked(SECRET).url == "rtsp://admin:s3cret@10.0.0.5:554/stream2"


def test_a_mask_never_carries_the_password_to_another_host() -> None:
    moved = RtspSource(url=f"rtsp://admin:{MASK}@10.6.6.6:554/stream1")
    assert "s3cret" not in moved.unmasked(SECRET).url


def test_passwords_in_the_query_are_masked_and_kept_too() -> None:
    stored = SnapshotSource(url="http://10.0.0.5/snap.jpg?user=admin&pwd=s%263cret&channel=1")
    shown = stored.masked()
    assert shown.url == f"http://10.0.0.5/snap.jpg?user=admin&pwd={MASK}&channel=1"
    saved = SnapshotSource(url=shown.url.replace("channel=1", "channel=2"))
    assert saved.unmasked(stored).url == "http://10.0.0.5/snap.jpg?user=admin&pwd=s%263cret&channel=2"
    assert saved.holds_mask
    assert not saved.unmasked(stored).holds_mask


def test_a_url_without_passwords_stays_as_it_was_written() -> None:
    url = "http://10.0.0.5/axis-cgi/mjpg/video.cgi?resolution=640x480&clock=0&text=a%20b+c"
    assert SnapshotSource(url=url).masked().url == url


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "rtsp", "url": "http://x/y"},
        {"kind": "rtsp", "url": "rtsp://"},
        {"kind": "mjpeg", "url": "rtsp://x"},
        {"kind": "file"},
        {"kind": "tape"},
        {"kind": "demo", "wheels": 4},
    ],
)
def test_a_source_that_cannot_work_is_refused(source: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(source)


def test_countries_are_alpha3_in_upper_case_and_zones_exist() -> None:
    assert CameraSettings(countries=("svk",)).countries == ("SVK",)
    with pytest.raises(ValidationError, match="alpha-3"):
        CameraSettings(countries=("SK",))
    with pytest.raises(ValidationError, match="Europe/Kyiv"):
        CameraSettings(zone="Moon/Sea")


def test_a_cameras_address_is_its_host_alone() -> None:
    assert host_of(SECRET) == "10.0.0.5"
    assert host_of(SnapshotSource(url="http://Cam.Example:80/snap.jpg?pwd=x")) == "cam.example"
    assert host_of(UploadSource()) == ""
