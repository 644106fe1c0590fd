"""Where the provider itself says that somebody has signed out: no browser comes here."""

import json
import logging

from webob import Response

from ..._compat import to_text, wsgi_text
from ...errors import BadRequest, ProviderError, StoreError, TokenError, TracUnitError, shown
from ..rules import logout_token
from ..rules.parameters import MAX_FORM, parse

log = logging.getLogger(__name__)


class BackchannelLogout(object):
    """Ends the sessions that a logout token names: OpenID Connect Back-Channel Logout 1.0.

    :param client: a :class:`~trac_unit.oidc.provider.client.Client`
    :param algorithms: what a logout token may be signed with
    :param store: a :class:`~trac_unit.oidc.session.store.Store`
    :param clock: returns seconds since the epoch
    """

    def __init__(self, client, algorithms, store, clock):
        self._client = client
        self._algorithms = algorithms
        self._store = store
        self._clock = clock

    def __call__(self, request):
        request.allow('POST')
        try:
            self._end_sessions(self._verified(_token(request)))
        except (ProviderError, StoreError) as e:
            # The token may be right, and can be sent again.
            response = _refusal('temporarily_unavailable',
                                'The sessions could not be ended now. Please try again.', e)
            response.headers['Retry-After'] = '60'
            return response
        except TracUnitError as e:
            return _refusal('invalid_request',
                            'Expected one logout token of this client that is valid now and was '
                            'not used before.', e)
        return _answer('200 OK', b'')

    def _verified(self, token):
        """The :class:`~trac_unit.oidc.rules.logout_token.LogoutToken` in a token: section 2.6."""
        provider = self._client.provider
        header, claims = provider.verify(token, self._algorithms)
        return logout_token.validate(header, claims, provider.issuer,
                                     to_text(self._client.client_id), self._clock())

    def _end_sessions(self, token):
        """Sections 2.7 and 2.6, the latter's rule of one use."""
        now = self._clock()
        if self._store.seen('jti', token.jti, now):
            # It would end a session that was begun after that logout.
            raise TokenError('jti_used', 'expected a logout token that was not used before, got '
                             'one that was')
        if token.sid is None:
            ended = self._store.end_by_subject(token.subject)
        else:
            ended = self._store.end_by_sid(token.sid, token.subject)
        # Only now: had the store failed before, the provider's next try would be refused.
        self._store.once('jti', token.jti, now, token.expires)
        log.info('the provider ended %d sessions, by %s: subject %s', ended,
                 'subject' if token.sid is None else 'sid', shown(token.subject))


def _token(request):
    """The logout token of a request, text: section 2.5."""
    token = parse(request.form(), MAX_FORM).get('logout_token')
    if token is None:
        raise BadRequest('logout_token', 'expected the parameter logout_token, got none')
    try:
        return wsgi_text(token)
    except UnicodeError:
        raise TokenError('token_form', 'expected a token, got bytes that are no text')


def _refusal(code, description, error):
    """Log why, and answer with nothing of it.

    Section 2.8 has one status for a token that is not right and a logout that failed.
    """
    log.warning('reason=%s back-channel logout refused: %s: %s', error.reason,
                type(error).__name__, error)
    body = json.dumps({'error': code, 'error_description': description}).encode('ascii')
    return _answer('400 Bad Request', body)


def _answer(status, body):
    return Response(status=status, body=body, content_type='application/json',
                    cache_control='no-store')
