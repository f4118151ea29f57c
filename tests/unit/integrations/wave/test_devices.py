"""Which device a camera is, and the sentences when that is not clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.integrations.wave.devices import Device, devices, match, named
from shared.errors import Reject
from tests.simulators.sample_delivery import a_camera

GATE = Device("89abcdef-0123-4567-89ab-cdef01234567", "LPR Gate", "10.0.0.5", "00-16-6C-C3-9D-44", "phys-1", "7")
YARD = Device("89abcdef-0123-4567-89ab-cdef01234568", "Yard 2", "10.0.0.6", "00-16-6C-00-00-02", "2", "8")
LEFT = Device("89abcdef-0123-4567-89ab-cdef01234570", "Left", "10.0.0.9", "00-16-6C-00-00-09", "ch=1", "")
RIGHT = replace(LEFT, identity="89abcdef-0123-4567-89ab-cdef01234571", name="Right", physical="ch=2")
KNOWN = [GATE, YARD, LEFT, RIGHT]


@pytest.mark.parametrize(
    "chosen",
    [
        "89abcdef-0123-4567-89ab-cdef01234567", "{89ABCDEF-0123-4567-89AB-CDEF01234567}", "00:16:6c:c3:9d:44",
        "00166CC39D44", "10.0.0.5", "http://10.0.0.5:80/", "phys-1", "7", "lpr gate", " LPR Gate ",
    ],
)  # fmt: skip
def test_an_installer_may_name_a_device_in_any_way(chosen: str) -> None:
    assert named(KNOWN, "Gate", chosen) == GATE
    assert match(KNOWN, a_camera(name="Gate", address="10.0.0.6"), chosen) == GATE


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ({"address": "10.0.0.5", "sensor_id": "00166C000002"}, GATE),
        ({"address": "10.9.9.9", "sensor_id": "CAM_00166C000002"}, YARD),
        ({"sensor_id": "89abcdef-0123-4567-89ab-cdef01234571", "name": "Yard 2"}, RIGHT),
        ({"sensor_id": "", "name": "yard 2"}, YARD),
        ({"sensor_id": "SENSOR", "name": "Right"}, RIGHT),
    ],
)
def test_without_a_choice_address_sensor_and_name_decide_in_this_order(card: dict[str, str], found: Device) -> None:
    assert match(KNOWN, a_camera(**card)) == found


def test_two_channels_at_one_address_are_refused_with_their_ids() -> None:
    with pytest.raises(Reject) as caught:
        match(KNOWN, a_camera(name="Gate", address="10.0.0.9"))

    assert caught.value.reason == (
        "2 devices have the address 10.0.0.9: Left (89abcdef-0123-4567-89ab-cdef01234570),"
        " Right (89abcdef-0123-4567-89ab-cdef01234571); enter the id of the right one for camera Gate under Cameras"
    )


def test_a_camera_that_is_nowhere_is_refused_with_what_was_looked_for() -> None:
    with pytest.raises(Reject, match=r"None of the server's 4 devices is 10\.9\.9\.9 or CAM_1 or Ґанок: enter the"):
        match(KNOWN, a_camera(name="Ґанок", address="10.9.9.9", sensor_id="CAM_1"))
    with pytest.raises(Reject, match=r"None of the server's 4 devices is 10\.9\.9\.9, which camera Gate is mapped"):
        named(KNOWN, "Gate", "10.9.9.9")


def test_a_name_is_not_taken_for_an_id_because_of_its_digits() -> None:
    with pytest.raises(Reject, match="None of"):
        match(KNOWN, a_camera(name="Двір 2", sensor_id="Двір 2"))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://10.0.0.5", "10.0.0.5"), ("rtsp://u:p@10.0.0.5:554/live", "10.0.0.5"), ("10.0.0.5:80", "10.0.0.5"),
        ("CAM.local", "cam.local"), ("http://[FE80::1]:80/", "fe80::1"), ("fe80:0::1", "fe80::1"), ("http://[", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_an_address_is_found_however_the_server_writes_the_url(url: str, address: str) -> None:
    assert devices([{"id": "{a}", "url": url}]) == [Device("a", "", address, "", "", "")]


def test_what_is_no_list_of_devices_says_so() -> None:
    assert devices({"reply": [{"id": "a", "name": None}, {"name": "no id"}, 7]}) == [Device("a", "", "", "", "", "")]
    with pytest.raises(ValueError, match="no list"):
        devices(None)
