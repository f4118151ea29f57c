"""The demo camera: a car-park gate that we draw ourselves, so that every newcomer has traffic with known plates."""
