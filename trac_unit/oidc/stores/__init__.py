"""Where sessions are kept: one module a kind of store."""

from .sqlite import SQLiteStore


def open_store(url, limits, realm):
    """Return the store that `url` names, ``sqlite:///PATH``; nothing is opened yet.

    :param limits: :class:`~trac_unit.oidc.session.Limits`
    :param realm: issuer and client id, text: whose the sessions are
    """
    return SQLiteStore(url[len('sqlite://'):], limits, realm)
