"""Where sessions are kept: one module a kind of store."""

from .sqlite import SQLiteStore


def open_store(url, limits):
    """Return the store that `url` names, ``sqlite:///PATH``; nothing is opened yet.

    :param limits: :class:`~trac_unit.oidc.session.Limits`
    """
    return SQLiteStore(url[len('sqlite://'):], limits)
