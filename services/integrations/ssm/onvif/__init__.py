"""The same plates for consumers that follow ONVIF events (WS-BaseNotification by PullPoint)."""
