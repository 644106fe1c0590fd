"""A public name: that of the layer in :mod:`trac_unit.gateway.remote_user`."""

from .gateway.remote_user import RemoteUserGuard  # noqa: F401
