"""A signed-in person's session, and the contract of the stores that keep it."""

import base64
import hashlib
import os

from .._compat import native, to_bytes


def new_secret():
    """Return 256 random bits as a native ``str``, 43 characters of base64url."""
    return native(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b'='))


def digest(secret):
    """Return what a store keeps of a secret that a browser holds: its SHA-256, hexadecimal.

    Who reads the store cannot take over a session.
    """
    return hashlib.sha256(to_bytes(secret)).hexdigest()


class Limits(object):
    """When a session ends by itself.

    :param idle: seconds without a request
    :param lifetime: seconds since the sign-in
    """

    def __init__(self, idle, lifetime):
        self.idle = idle
        self.lifetime = lifetime
        #: Seconds between two writes of "last seen": a write for every request
        #: would make reading a page cost as much as changing one.
        self.touch = min(60, max(1, idle // 10))


class Session(object):
    """One sign-in of one person in one browser.

    :param identity: an :class:`~trac_unit.oidc.identity.Identity`
    :param id_token: the ID token, for the hint when signing out
    :param sid: the provider's own name of its session, or None
    :param created: seconds since the epoch
    :param seen: the last request's time, give or take ``Limits.touch``
    """

    def __init__(self, identity, id_token, sid, created, seen=None):
        self.identity = identity
        self.id_token = id_token
        self.sid = sid
        self.created = created
        self.seen = created if seen is None else seen

    def __repr__(self):
        return '<Session of %r>' % (self.identity.username,)


class Store(object):
    """What a session store does.  Each call is atomic, for all processes that share it.

    Every method raises :class:`~trac_unit.errors.StoreError` when the store
    cannot be reached.  Times are seconds since the epoch.
    """

    def add(self, secret, session):
        """Keep `session` under the secret that the browser gets."""
        raise NotImplementedError

    def get(self, secret, now):
        """Return the live :class:`Session`, or None; note that it was seen."""
        raise NotImplementedError

    def end(self, secret):
        """Forget the session; without effect if there is none."""
        raise NotImplementedError

    def once(self, kind, value, expires):
        """Return whether this is the first time since `expires` that `value` is seen.

        :param kind: what `value` is, such as ``'state'``
        :param expires: until when the value is remembered
        """
        raise NotImplementedError

    def key(self, name, make):
        """Return the key of that name, text; `make` makes it where there is none yet."""
        raise NotImplementedError
