"""Which session a browser has: its cookie on one side, the store on the other."""

import logging

from ...errors import shown
from ..session.secret import new_secret

log = logging.getLogger(__name__)


class BrowserSessions(object):
    """The sessions of browsers.

    :param store: a :class:`~trac_unit.oidc.session.store.Store`
    :param clock: returns seconds since the epoch
    :param lifetime: seconds that a session cookie is kept
    :param recheck: a :class:`~trac_unit.oidc.flows.recheck.Recheck`, or None: the
        provider is not asked again
    """

    def __init__(self, store, clock, lifetime, recheck=None):
        self._store = store
        self._clock = clock
        self._lifetime = lifetime
        self._recheck = recheck

    def current(self, request):
        """Return the live :class:`~trac_unit.oidc.session.session.Session` of a request, or None.

        :raises StoreError: the store cannot be asked
        """
        secret = request.secret
        return self._store.get(secret, self._clock()) if secret else None

    def confirmed(self, request):
        """Return the same for a request that acts as that person, so that the provider is asked.

        It is asked now and then; see :class:`~trac_unit.oidc.flows.recheck.Recheck`.

        :raises StoreError: the store cannot be asked
        """
        session = self.current(request)
        if session is None or self._recheck is None:
            return session
        return self._recheck.session_after(request.secret, session)

    def start(self, request, response, session):
        """Keep a new session, and give `response` its cookie.

        :raises StoreError: it cannot be kept
        """
        if self._recheck is not None and session.tokens.refresh_token is None:
            log.warning('reason=refresh_token_missing expected a refresh token, since '
                        'TRAC_OIDC_RECHECK is on, got none for the subject %s: this session ends '
                        'when it is time to ask the provider; many want offline_access in '
                        'TRAC_OIDC_SCOPE, some also consent in TRAC_OIDC_PROMPT',
                        shown(session.identity.subject))
        # A fresh id at every sign-in: one that was planted before is worth nothing.
        secret = new_secret()
        self._store.add(secret, session)
        if request.secret:
            self._store.end(request.secret)
        request.cookies.set(response, request.cookies.name, secret, self._lifetime)

    def end(self, request):
        """Forget the session of a request in the store.

        :raises StoreError: it may live on
        """
        self._store.end(request.secret)

    def forget(self, request, response):
        """Have the browser forget its session cookie."""
        request.cookies.delete(response, request.cookies.name)
