"""Which store a setting names."""

from ....errors import ConfigurationError, Problem
from .sqlite import SQLiteStore


def open_store(url, limits, namespace):
    """Return the store that `url` names; nothing is opened yet.

    :param url: ``sqlite:///PATH``, ``redis://...`` or ``rediss://...``
    :param limits: :class:`~trac_unit.oidc.session.limits.Limits`
    :param namespace: issuer and client id, text: whose the sessions are
    :raises ConfigurationError: the library of Redis is not there
    """
    if url.startswith('sqlite:'):
        return SQLiteStore(url[len('sqlite://'):], limits, namespace)
    try:
        from .redis import RedisStore
    except ImportError:
        raise ConfigurationError([Problem(
            'TRAC_OIDC_SESSION_STORE', 'the Python library redis, which this installs: '
            'pip install "trac-unit[redis]"', 'none')])
    return RedisStore(url, limits, namespace)
