"""The relying party's calls to its provider: the only importer of Authlib's client."""

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from ..._compat import integer_types, native, text_type, urlencode
from ...errors import GrantRefused, ProviderError, TokenError, shown
from ..rules.strict_json import load_object
from ..session.tokens import Tokens
from . import userinfo
from .transport import json_object

_PUSHED = 'pushed_authorization_request_endpoint'
_MAX_REQUEST_URI = 2048

#: Bytes of a URL for a browser, at most: RFC 9110 section 4.1 asks everybody to take as much.
MAX_URL = 8000

# RFC 6749 section 5.2 and OpenID Connect Core 1.0 section 3.1.2.6: the person, or what was
# granted, is refused.  All other errors tell of us or of the provider.
_REFUSALS = frozenset(['invalid_grant', 'access_denied', 'login_required', 'interaction_required',
                       'consent_required', 'account_selection_required'])

# The same for a refresh, in which we have nothing to say that could be wrong: Authlib's server
# answers like this if there is no such person any more.
_REFRESH_REFUSALS = _REFUSALS | frozenset(['invalid_request'])


class Client(object):
    """A relying party at one provider.

    :param provider: a :class:`~trac_unit.oidc.provider.provider.Provider`
    :param transport: a :class:`~trac_unit.oidc.provider.transport.Transport`
    :param auth: a :class:`~trac_unit.oidc.provider.client_authentication.ClientAuth`
    :param scope: scope values, separated by spaces
    """

    def __init__(self, provider, transport, auth, scope='openid profile email'):
        self.provider = provider
        self.client_id = auth.client_id
        self._transport = transport
        self._auth = auth
        self._scope = scope

    def __repr__(self):
        return '<Client %s>' % native(self.client_id)

    def authorization_url(self, redirect_uri, state, nonce, code_verifier, **parameters):
        """Return the URL that begins a sign-in, a native ``str``.

        OpenID Connect Core 1.0 section 3.1.2.1, with PKCE (RFC 7636 section 4.3).
        Where the provider takes pushed requests, the parameters go there first,
        and the browser carries a reference to them (RFC 9126).

        :param parameters: further ones, such as ``prompt``; None leaves one out
        :raises ProviderError: the provider's metadata cannot be had, or it does
            not take the pushed request
        """
        metadata = self.provider.metadata()
        endpoint = native(metadata['authorization_endpoint'])
        pushed = metadata.get(_PUSHED) is not None or \
            metadata.get('require_pushed_authorization_requests') is True
        parameters = dict((name, native(value)) for name, value in parameters.items()
                          if value is not None)
        try:
            url, _ = self._session(redirect_uri=redirect_uri).create_authorization_url(
                # The endpoint's own query is for the browser to bring.
                endpoint.partition('?')[0] if pushed else endpoint,
                state=state, nonce=nonce, code_verifier=code_verifier, **parameters)
        except ValueError as e:  # a query that Authlib cannot read
            raise ProviderError('endpoint', 'expected a URL as authorization_endpoint, got %s (%s)'
                                % (shown(endpoint), type(e).__name__))
        if pushed:
            return _with_query(endpoint, [
                ('client_id', native(self.client_id)),
                ('request_uri', self._push(native(url).partition('?')[2]))])
        return native(url)

    def _push(self, form):
        """Return the request_uri for an authorization request: RFC 9126 section 2.2."""
        fields = _object(self._post(_PUSHED, form), 'a request_uri', 'pushed_request', 201)
        request_uri, lifetime = fields.get('request_uri'), fields.get('expires_in')
        if not _is_token(request_uri) or len(request_uri) > _MAX_REQUEST_URI:
            # Not shown: it is all that a browser needs to begin this very sign-in.
            raise ProviderError('pushed_request', 'expected a request_uri of at most %d '
                                'characters, got something else' % _MAX_REQUEST_URI)
        if isinstance(lifetime, bool) or not isinstance(lifetime, integer_types) or lifetime < 1:
            raise ProviderError('pushed_request', 'expected the seconds that the request_uri '
                                'is good for, got %s' % shown(lifetime))
        return native(request_uri)

    def exchange(self, code, redirect_uri, code_verifier):
        """Return the :class:`Tokens` for an authorization code.

        RFC 6749 section 4.1.3 and RFC 7636 section 4.5.

        :raises GrantRefused: the provider does not take the code
        :raises TokenError: its answer lacks a token
        :raises ProviderError: it gave no usable answer
        """
        return _tokens(_object(self._post('token_endpoint', {
            'grant_type': 'authorization_code', 'code': code, 'redirect_uri': redirect_uri,
            'code_verifier': code_verifier}), 'tokens', 'token_endpoint'))

    def refresh(self, refresh_token):
        """Return the new :class:`Tokens` for a refresh token; only the access token is sure.

        RFC 6749 section 6 and OpenID Connect Core 1.0 section 12.

        :raises GrantRefused: the provider does not take the refresh token any more
        :raises TokenError: its answer lacks a token
        :raises ProviderError: it gave no usable answer
        """
        return _tokens(_object(self._post('token_endpoint', {
            'grant_type': 'refresh_token', 'refresh_token': refresh_token}),
            'tokens', 'token_endpoint', refusals=_REFRESH_REFUSALS), required=('access_token',))

    def revoke(self, tokens):
        """Have the provider forget :class:`Tokens`, if it can: RFC 7009 section 2.

        One call does: with a refresh token the provider ends all that came with it.

        :raises ProviderError: it did not
        """
        kind = 'refresh_token' if tokens.refresh_token else 'access_token'
        token = getattr(tokens, kind)
        if token is None or self._endpoint('revocation_endpoint') is None:
            return
        response = self._post('revocation_endpoint', {'token': token, 'token_type_hint': kind})
        if response.status_code != 200:
            raise ProviderError('revocation', 'expected status 200 for the revocation of a token, '
                                'got %d' % response.status_code)

    def userinfo(self, access_token, algorithms):
        """Return the claims of the userinfo endpoint, a dict; None if there is no such endpoint.

        OpenID Connect Core 1.0 section 5.3.

        :param algorithms: what they may be signed with
        :raises ProviderError: it gave no usable answer
        :raises TokenError: its signed answer breaks a rule
        """
        endpoint = self._endpoint('userinfo_endpoint')
        if endpoint is None:
            return None
        response = self._transport.get(endpoint, _Bearer(access_token), userinfo.ACCEPT)
        return userinfo.read(response, self.provider, self.client_id, algorithms)

    def end_session_url(self, id_token, post_logout_redirect_uri, state):
        """Return the URL that ends the provider's session, or None if it has none.

        OpenID Connect RP-Initiated Logout 1.0 section 2.  A hint that would make
        the URL too long for browsers and servers is left out: it is only
        recommended, and the provider asks the person instead.

        :raises ProviderError: the provider's metadata cannot be had
        """
        endpoint = self.provider.metadata().get('end_session_endpoint')
        if endpoint is None:
            return None
        parameters = [('id_token_hint', native(id_token)),
                      ('client_id', native(self.client_id)),
                      ('post_logout_redirect_uri', native(post_logout_redirect_uri)),
                      ('state', state)]
        url = _with_query(native(endpoint), parameters)
        return url if len(url) <= MAX_URL else _with_query(native(endpoint), parameters[1:])

    def _session(self, **options):
        return self._transport.equip(OAuth2Session(
            client_id=native(self.client_id), scope=native(self._scope),
            code_challenge_method='S256', **options))

    def _endpoint(self, name):
        """Return the URL of an endpoint by its name in the metadata, or None.

        With a client certificate it is the alias, where there is one: RFC 8705 section 5.
        """
        metadata = self.provider.metadata()
        aliases = metadata.get('mtls_endpoint_aliases') if self._auth.mutual_tls else None
        return (aliases or {}).get(name) or metadata.get(name)

    def _post(self, name, form):
        """Return the response of an endpoint to a form that the authenticated client sends.

        Authlib's reading of it is left out, since its two lines take different
        things for a token.

        :param name: the endpoint's name in the metadata
        :param form: a dict, or what it is when encoded
        :raises ProviderError: there is no such endpoint, or no response
        """
        endpoint = self._endpoint(name)
        if endpoint is None:
            raise ProviderError('endpoint', 'expected a URL as %s, got none' % name)
        session = self._session()
        try:
            return session.request(
                'POST', native(endpoint), data=form, headers={
                    'Accept': 'application/json',
                    'Content-Type': 'application/x-www-form-urlencoded'},
                auth=self._auth.to(self.provider.metadata()['token_endpoint']),
                withhold_token=True, allow_redirects=False)
        except (AuthlibBaseError, EnvironmentError, ValueError) as e:
            raise ProviderError(name, 'expected an answer of the %s, got %s'
                                % (name, type(e).__name__))
        finally:
            session.close()


class _Bearer(object):
    """Puts the access token in the Authorization header (RFC 6750 section 2.1)."""

    def __init__(self, access_token):
        self._access_token = access_token

    def __call__(self, request):
        request.headers['Authorization'] = 'Bearer ' + native(self._access_token)
        return request


def _with_query(endpoint, parameters):
    """Return the URL of an endpoint with further parameters; its own query stays."""
    return endpoint + ('&' if '?' in endpoint else '?') + urlencode(parameters)


def _object(response, what, reason, status=200, refusals=_REFUSALS):
    """Return the JSON object that an endpoint answers, a dict: RFC 6749 section 5.

    :param what: what was asked for, for the log
    :param reason: of the error, if it is refused
    :param refusals: the errors that refuse the person, or what was granted
    """
    if response.status_code == status:
        return json_object(response, reason.replace('_', ' '), status)
    found = 'status %d' % response.status_code
    if response.status_code in (400, 401, 403):  # the last one is Auth0's
        try:
            code = load_object(response.content).get('error')
        except ValueError:
            code = None
        if isinstance(code, text_type) and code:
            # error_description is the provider's free text, and may repeat what was sent.
            found = 'the error %s' % shown(code[:40])
            if code in refusals:
                raise GrantRefused(code, 'expected %s, got %s' % (what, found))
    raise ProviderError(reason, 'expected %s, got %s' % (what, found))


def _tokens(fields, required=('id_token', 'access_token')):
    token_type = fields.get('token_type')
    if not isinstance(token_type, text_type) or token_type.lower() != 'bearer':
        # Not shown: a provider that mixes its members up puts a token there.
        raise TokenError('token_type', 'expected the token type Bearer, got another')
    for name in ('id_token', 'access_token'):
        if not _is_token(fields.get(name)) and (
                name in required or fields.get(name) is not None):
            raise TokenError(name, 'expected text as %s, got %s'
                             % (name, type(fields.get(name)).__name__))
    # What cannot be sent back later is as good as none: the sign-in does not need it.
    refresh_token = fields.get('refresh_token')
    return Tokens(fields.get('id_token'), fields['access_token'],
                  refresh_token if _is_token(refresh_token) else None)


def _is_token(value):
    """Whether a value is text that can be sent back as it came."""
    return isinstance(value, text_type) and value != u'' and \
        all(u' ' < character <= u'~' for character in value)
