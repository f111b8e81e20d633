"""The headers of every answer: what a browser may do with our pages, which is little."""

from __future__ import annotations

import secrets

from flask import Response, g, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def style_nonce() -> str:
    """Allow this page one style sheet that a library makes in the browser: what marks it. For the
    page of a call, whose waveform is wavesurfer.js's."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    return str(g.style_nonce)


def allow_socket(address: str) -> None:
    """Allow this page to open one WebSocket: the telephone's, to Kamailio."""
    g.socket = address


def _policy() -> str:
    policy = CONTENT_SECURITY_POLICY
    if "style_nonce" in g:
        allowed = f"style-src 'self' 'nonce-{g.style_nonce}'"
        policy = policy.replace("style-src 'self'", allowed)
    if "socket" in g:
        policy = policy.replace("connect-src 'self'", f"connect-src 'self' {g.socket}")
    return policy


def harden(response: Response) -> Response:
    """Add them. Pages hold names and numbers, so nothing but static files is kept by a cache."""
    headers = response.headers
    headers["Content-Security-Policy"] = _policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault(
        "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    )
    if request.endpoint == "static":
        # The address of a static file carries its version, so it may be kept for ever.
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
