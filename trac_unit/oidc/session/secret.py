"""Secrets that a browser holds, and what a store keeps of them."""

import base64
import hashlib
import os

from ..._compat import native, to_bytes


def new_secret():
    """Return 256 random bits as a native ``str``, 43 characters of base64url."""
    return native(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b'='))


def digest(secret):
    """Return what a store keeps of a secret that a browser holds: its SHA-256, hexadecimal.

    Who reads the store cannot take over a session.
    """
    return hashlib.sha256(to_bytes(secret)).hexdigest()
