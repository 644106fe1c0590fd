"""Which session a browser has: its cookie on one side, the store on the other."""

from .session import new_secret


class BrowserSessions(object):
    """The sessions of browsers.

    :param store: a :class:`~trac_unit.oidc.session.Store`
    :param issuer: whose sessions these are
    :param clock: returns seconds since the epoch
    :param lifetime: seconds that a session cookie is kept
    """

    def __init__(self, store, issuer, clock, lifetime):
        self._store = store
        self._issuer = issuer
        self._clock = clock
        self._lifetime = lifetime

    def current(self, visit):
        """Return the live :class:`~trac_unit.oidc.session.Session` of a visit, or None.

        :raises StoreError: the store cannot be asked
        """
        secret = visit.cookies.session
        session = self._store.get(secret, self._clock()) if secret else None
        # Tracs of several providers can share a store; who is known to one is not to the other.
        return session if session and session.identity.issuer == self._issuer else None

    def start(self, visit, response, session):
        """Keep a new session, and give `response` its cookie.

        :raises StoreError: it cannot be kept
        """
        # A fresh id at every sign-in: one that was planted before is worth nothing.
        secret = new_secret()
        self._store.add(secret, session)
        if visit.cookies.session:
            self._store.end(visit.cookies.session)
        visit.cookies.set(response, visit.cookies.name, secret, self._lifetime)

    def end(self, visit):
        """Forget the session of a visit in the store.

        :raises StoreError: it may live on
        """
        self._store.end(visit.cookies.session)

    def forget(self, visit, response):
        """Have the browser forget its session cookie."""
        visit.cookies.delete(response, visit.cookies.name)
