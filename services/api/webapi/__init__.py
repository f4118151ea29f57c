"""The WebAPI: the guide's commands for cameras, recorders and scripts, by query, form or JSON (docs/webapi.md)."""
