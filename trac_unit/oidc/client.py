"""The relying party's calls to its provider: the only importer of Authlib's client."""

import base64

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from .._compat import native, quote, text_type, to_bytes, urlencode
from ..errors import ProviderError, SignInError, TokenError, shown
from .session import Tokens
from .strict_json import load_object
from .transport import json_object


class Client(object):
    """A relying party at one provider.

    :param provider: a :class:`~trac_unit.oidc.provider.Provider`
    :param transport: a :class:`~trac_unit.oidc.transport.Transport`
    :param client_id: as the provider registered it
    :param client_secret: None for a public client
    :param client_auth: ``client_secret_basic``, ``client_secret_post`` or ``none``
    :param scope: scope values, separated by spaces
    """

    def __init__(self, provider, transport, client_id, client_secret=None, client_auth='none',
                 scope='openid profile email'):
        self.provider = provider
        self.client_id = client_id
        self._transport = transport
        self._secret = client_secret
        self._auth = client_auth
        self._scope = scope

    def __repr__(self):
        return '<Client %s>' % native(self.client_id)

    def _session(self, redirect_uri=None):
        session = OAuth2Session(
            client_id=native(self.client_id), client_secret=native(self._secret),
            token_endpoint_auth_method=self._auth, scope=native(self._scope),
            redirect_uri=redirect_uri, code_challenge_method='S256')
        session.register_client_auth_method(('client_secret_basic', _basic))
        return self._transport.equip(session)

    def authorization_url(self, redirect_uri, state, nonce, code_verifier, **parameters):
        """Return the URL that begins a sign-in, a native ``str``.

        OpenID Connect Core 1.0 section 3.1.2.1, with PKCE (RFC 7636 section 4.3).

        :param parameters: further ones, such as ``prompt``; None leaves one out
        :raises ProviderError: the provider's metadata cannot be had
        """
        parameters = dict((name, native(value)) for name, value in parameters.items()
                          if value is not None)
        endpoint = native(self.provider.metadata()['authorization_endpoint'])
        try:
            url, _ = self._session(redirect_uri).create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=code_verifier, **parameters)
        except ValueError as e:  # a query that Authlib cannot read
            raise ProviderError('endpoint', 'expected a URL as authorization_endpoint, got %s (%s)'
                                % (shown(endpoint), type(e).__name__))
        return native(url)

    def exchange(self, code, redirect_uri, code_verifier):
        """Return the :class:`Tokens` for an authorization code.

        RFC 6749 section 4.1.3 and RFC 7636 section 4.5.

        :raises SignInError: the provider refused the code
        :raises TokenError: its answer lacks a token
        :raises ProviderError: it gave no usable answer
        """
        return _tokens(self._post(self.provider.metadata()['token_endpoint'], {
            'grant_type': 'authorization_code', 'code': code, 'redirect_uri': redirect_uri,
            'code_verifier': code_verifier}))

    def _post(self, endpoint, parameters):
        """Return the JSON object that an endpoint answers to the authenticated client.

        Authlib authenticates; its reading of the answer is left out, since its
        two lines take different things for a token.
        """
        session = self._session()
        try:
            response = session.request(
                'POST', native(endpoint), data=parameters, headers={'Accept': 'application/json'},
                auth=session.client_auth(self._auth), withhold_token=True, allow_redirects=False)
        except (AuthlibBaseError, EnvironmentError, ValueError) as e:
            raise ProviderError('token_endpoint', 'expected tokens, got %s' % type(e).__name__)
        finally:
            session.close()
        return _answer(response)

    def userinfo(self, access_token):
        """Return the claims of the userinfo endpoint, a dict; None if there is no such endpoint.

        OpenID Connect Core 1.0 section 5.3.

        :raises ProviderError: it gave no usable answer
        """
        endpoint = self.provider.metadata().get('userinfo_endpoint')
        if endpoint is None:
            return None
        return json_object(self._transport.get(endpoint, _Bearer(access_token)), 'userinfo')

    def end_session_url(self, id_token, post_logout_redirect_uri, state):
        """Return the URL that ends the provider's session, or None if it has none.

        OpenID Connect RP-Initiated Logout 1.0 section 2.

        :raises ProviderError: the provider's metadata cannot be had
        """
        endpoint = self.provider.metadata().get('end_session_endpoint')
        if endpoint is None:
            return None
        query = urlencode([('id_token_hint', native(id_token)),
                           ('client_id', native(self.client_id)),
                           ('post_logout_redirect_uri', native(post_logout_redirect_uri)),
                           ('state', state)])
        return native(endpoint) + ('&' if '?' in endpoint else '?') + query


class _Bearer(object):
    """Puts the access token in the Authorization header (RFC 6750 section 2.1)."""

    def __init__(self, access_token):
        self._access_token = access_token

    def __call__(self, request):
        request.headers['Authorization'] = 'Bearer ' + native(self._access_token)
        return request


def _basic(client, method, uri, headers, body):
    """HTTP Basic with form-encoded id and secret, as RFC 6749 section 2.3.1 has it.

    Authlib leaves the encoding out: a secret with a colon or a percent sign
    then fails at the providers that decode it.
    """
    pair = '%s:%s' % (quote(to_bytes(client.client_id), safe=''),
                      quote(to_bytes(client.client_secret), safe=''))
    headers = dict(headers)
    headers['Authorization'] = 'Basic ' + base64.b64encode(to_bytes(pair)).decode('ascii')
    return uri, headers, body


def _answer(response):
    """Return the token endpoint's answer, a dict: RFC 6749 section 5."""
    if response.status_code == 200:
        return json_object(response, 'token response')
    if response.status_code in (400, 401):
        try:
            code = load_object(response.content).get('error')
        except ValueError:
            code = None
        if isinstance(code, text_type) and code:
            # error_description is the provider's free text, and may repeat what was sent.
            if code == 'invalid_grant':
                raise SignInError('invalid_grant', 'expected tokens for the code, got the '
                                  'error invalid_grant')
            raise ProviderError('token_endpoint', 'expected tokens, got the error %s'
                                % shown(code[:40]))
    raise ProviderError('token_endpoint', 'expected tokens, got status %d' % response.status_code)


def _tokens(answer):
    token_type = answer.get('token_type')
    if not isinstance(token_type, text_type) or token_type.lower() != 'bearer':
        # Not shown: a provider that mixes its members up puts a token there.
        raise TokenError('token_type', 'expected the token type Bearer, got another')
    for name in ('id_token', 'access_token'):
        value = answer.get(name)
        if not isinstance(value, text_type) or not value or not _printable(value):
            raise TokenError(name, 'expected text as %s, got %s' % (name, type(value).__name__))
    return Tokens(answer['id_token'], answer['access_token'])


def _printable(value):
    return all(u' ' < character <= u'~' for character in value)
