"""Whether a person who signed in a while ago may still come in."""

import logging

from ..._compat import to_text
from ...errors import GrantRefused, ProviderError, SignInError, UnknownKey, shown
from ..provider import signatures
from ..rules import id_token
from ..session.tokens import Tokens
from .sign_in import claims_of_userinfo, identity_of, sid_of

log = logging.getLogger(__name__)

#: Seconds until a provider that did not answer is asked again, if the interval is not shorter.
PATIENCE = 60

# Discovery, refresh, keys, keys again, userinfo: what one recheck asks for, at most; and a
# margin.  A second one that begins meanwhile would use the same refresh token, and a provider
# that rotates them takes that for theft (RFC 9700 section 4.14.2).
_MOST_CALLS = 6

# What a provider that hangs or is away fails with: each try takes a thread for that long.
_SILENT = ('timeout', 'unreachable')


class Recheck(object):
    """Asks the provider about the person of a session, with the session's refresh token.

    What it refuses ends the session; that it cannot be reached does not.  While it is
    silent, this process asks it about nobody else: they would all wait in vain,
    until no thread is left for others.

    :param client: a :class:`~trac_unit.oidc.provider.client.Client`
    :param store: a :class:`~trac_unit.oidc.session.store.Store`
    :param clock: returns seconds since the epoch
    :param interval: seconds between two of them
    :param timeout: seconds that one call to the provider can take
    :param algorithms: what an ID token may be signed with
    :param claim_names: :class:`~trac_unit.oidc.rules.identity.ClaimNames`
    :param acr_values: a tuple of text, or None; as at the sign-in
    """

    def __init__(self, client, store, clock, interval, timeout, algorithms, claim_names,
                 acr_values=None):
        self._client = client
        self._store = store
        self._clock = clock
        self._interval = interval
        self._pause = min(interval, PATIENCE)
        self._lease = max(self._pause, _MOST_CALLS * timeout)
        # When the provider was silent; None: it answers.
        self._silent = None
        self._algorithms = algorithms
        self._claim_names = claim_names
        self._acr_values = acr_values

    def session_after(self, secret, session):
        """Return the session to go on with, or None: it has ended.

        Where it is time, the provider is asked, by one request at a time; the
        others go on with the session as it was.

        :param secret: what the browser holds
        :param session: the live :class:`~trac_unit.oidc.session.session.Session`
        :raises StoreError: the store cannot be asked
        """
        now = self._clock()
        if not self._is_due(session, now) or self._is_silent(now):
            return session
        lease = '%s %d' % (secret, session.checked)
        if not self._store.once('recheck', lease, now, now + self._lease):
            return session
        session = self._store.get(secret, now)
        if session is None or not self._is_due(session, now):  # another was faster
            return session
        try:
            self._confirm(secret, session)
        except (ProviderError, UnknownKey) as e:
            if e.reason in _SILENT:
                self._silent = self._clock()
            # A key that cannot be had just now: others may have used up the fetches of a minute.
            log.warning('reason=%s the session of the subject %s goes on unconfirmed: %s',
                        e.reason, shown(session.identity.subject), e)
        except SignInError as e:
            self._store.end(secret)
            log.warning('reason=%s ended the session of the subject %s: %s',
                        e.reason, shown(session.identity.subject), e)
        # It may have been ended while the provider was asked.
        return self._store.get(secret, self._clock())

    def _is_due(self, session, now):
        return now - session.checked >= self._interval

    def _is_silent(self, now):
        # From the future: the clock was set back.
        return self._silent is not None and self._silent <= now < self._silent + self._pause

    def _confirm(self, secret, session):
        """Use the refresh token, and update the session with what that brings.

        :raises ProviderError: the provider gave no usable answer
        :raises UnknownKey: what it gave cannot be verified now
        :raises SignInError: the person may not come in any more
        """
        known = session.tokens
        if known.refresh_token is None:
            raise GrantRefused('refresh_token_missing', 'expected a refresh token, got none at '
                               'the sign-in')
        new = self._client.refresh(known.refresh_token)
        # Kept before anything else can fail: the provider may not take the old one any more.
        session.tokens = Tokens(known.id_token, new.access_token,
                                new.refresh_token or known.refresh_token)
        if not self._store.update(secret, session):
            # Signed out meanwhile, so the provider was told of the old ones.
            self._client.revoke(session.tokens)
            return
        now = self._clock()
        original = signatures.claims_of_verified(known.id_token)
        claims = self._verified(new, original, now) if new.id_token else None
        userinfo = claims_of_userinfo(self._client, new.access_token, original['sub'],
                                      self._algorithms)
        if claims is not None:
            session.tokens.id_token = new.id_token
            session.sid = sid_of(claims) or session.sid
            session.identity = identity_of(claims, userinfo, self._claim_names)
        else:
            # What userinfo says now is newer than the ID token of the sign-in.
            newest = dict(userinfo, iss=original['iss'], sub=original['sub'])
            session.identity = identity_of(newest, original, self._claim_names)
        session.checked = now
        self._store.update(secret, session)

    def _verified(self, tokens, original, now):
        """The claims of the new ID token: OpenID Connect Core 1.0 section 12.2."""
        provider = self._client.provider
        header, claims = provider.verify(tokens.id_token, self._algorithms)
        id_token.validate_refreshed(header, claims, original, id_token.Expectation(
            provider.issuer, to_text(self._client.client_id), access_token=tokens.access_token,
            acr_values=self._acr_values), now)
        return claims
