"""The gateway: sign-in, the WebAPI under /api/v1, the live feed and the pages. What is not marked open is closed."""
