"""Frames in, reads out: locate → rectify → read → settle, with any number of copies sharing the work."""

import os

# ONNX Runtime's Linux wheels report to their maker by default since 1.29 and look for this when they are loaded; its
# own call for it comes too late (traced: files written, a host name looked up). A product for networks without internet
# must not do that, so it is decided before anything in this package can import the library.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
