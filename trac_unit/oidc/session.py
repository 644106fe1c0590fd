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

    def end(self, created, seen):
        """Return when a session ends that was begun and last seen at these times."""
        return min(created + self.lifetime, seen + self.idle)


class Tokens(object):
    """What the token endpoint gave: OpenID Connect Core 1.0 section 3.1.3.3.

    :param id_token: text
    :param access_token: text, or None
    :param refresh_token: text, or None
    """

    def __init__(self, id_token, access_token=None, refresh_token=None):
        self.id_token = id_token
        self.access_token = access_token
        self.refresh_token = refresh_token

    def __repr__(self):
        return '<Tokens>'


class Session(object):
    """One sign-in of one person in one browser.

    :param identity: an :class:`~trac_unit.oidc.identity.Identity`
    :param tokens: :class:`Tokens`; None in a list of sessions
    :param sid: the provider's own name of its session, or None
    :param created: seconds since the epoch
    :param seen: the last request's time, give or take ``Limits.touch``
    :param checked: when the provider last confirmed the person; by default `created`
    """

    __slots__ = 'identity', 'tokens', 'sid', 'created', 'seen', 'checked'

    def __init__(self, identity, tokens, sid, created, seen=None, checked=None):
        self.identity = identity
        self.tokens = tokens
        self.sid = sid
        self.created = created
        self.seen = created if seen is None else seen
        self.checked = created if checked is None else checked

    def __repr__(self):
        return '<Session of %r>' % (self.identity.username,)


class Store(object):
    """What a session store does.  Each call is atomic, for all processes that share it.

    Whatever is in a store belongs to one realm: a client of one provider.
    Several can share a store, and none finds what is another's.

    Every method raises :class:`~trac_unit.errors.StoreError` when the store
    cannot be reached, or holds what no store wrote.  Times are seconds since
    the epoch.
    """

    def add(self, secret, session):
        """Keep a :class:`Session` under the secret that the browser gets.

        Its tokens are sealed with the secret, which the store does not keep.
        """
        raise NotImplementedError

    def get(self, secret, now):
        """Return the live :class:`Session`, or None; note that it was seen.

        That the note cannot be written is no reason to refuse the session.
        """
        raise NotImplementedError

    def update(self, secret, session):
        """Keep changed identity, tokens, sid and ``checked`` of a session that is there.

        Return whether it was there: one that was ended meanwhile stays ended.
        """
        raise NotImplementedError

    def end(self, secret):
        """Forget the session; without effect if there is none."""
        raise NotImplementedError

    def end_by_sid(self, sid, subject=None):
        """End the sessions that the provider names so; return how many.

        Back-Channel Logout 1.0 section 2.7.

        :param sid: text
        :param subject: text; only that person's.  None: whosever they are
        """
        raise NotImplementedError

    def end_by_subject(self, subject):
        """End all sessions of the person whom the provider names so; return how many."""
        raise NotImplementedError

    def sessions(self, now, subject=None, username=None):
        """Return the live sessions, without tokens, the newest first.

        :param subject: text; only that person's.  None: everybody's
        :param username: text; only that person's.  None: everybody's
        """
        raise NotImplementedError

    def count(self, now, subject=None, username=None):
        """Return the number of live sessions; the parameters are those of :meth:`sessions`."""
        raise NotImplementedError

    def once(self, kind, value, now, expires):
        """Return True to exactly one caller, until `expires`.

        :param kind: what `value` is, such as ``'state'``
        :param expires: from when on the value counts as never seen
        """
        raise NotImplementedError

    def seen(self, kind, value, now):
        """Return whether :meth:`once` gave a True for `value` that still counts."""
        raise NotImplementedError

    def keys(self, name, now, make, age):
        """Return the keys of that name, texts, the newest first: that one is to seal with.

        There is always one that is younger than `age`, in seconds; the others
        are those that still may have to open something: younger than twice that.

        :param make: called for a new key, text
        """
        raise NotImplementedError
