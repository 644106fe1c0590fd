"""A public name: that of the layer in :mod:`trac_unit.environment.process_locale`."""

from .environment.process_locale import LocaleMiddleware  # noqa: F401
