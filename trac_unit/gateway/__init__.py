"""The layer next to the server: both sides kept to PEP 3333, and nobody a user by a header."""

from .middleware import Gateway  # noqa: F401 (a public name)
