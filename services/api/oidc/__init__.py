"""Signing in at a provider by OpenID Connect: authorization code with PKCE, state and nonce."""
