"""Cameras that know ONVIF: looked for in the network, and asked for the addresses of their streams."""
