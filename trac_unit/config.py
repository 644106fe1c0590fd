"""A public name: ``Config`` is the one of :mod:`trac_unit.settings.config`."""

from .settings.config import Config  # noqa: F401
