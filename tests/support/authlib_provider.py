# -*- coding: utf-8 -*-
"""An OpenID provider made with Authlib's server, as its documentation has it; Python 3 only.

It has one client, the Trac at an address, and keeps everything in memory.
"""
import threading
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import OpenIDCode, OpenIDToken, UserInfo, UserInfoEndpoint
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask, request
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import make_server

from support.interop_site import CALLBACK, SIGNED_OUT

METHODS = ['client_secret_basic', 'client_secret_post', 'client_assertion_jwt', 'none']
CLIENT_ID = 'trac'


class AuthlibProvider(object):
    """The provider, which runs as long as the block of a with statement.

    certificate: what it shows.
    site: the address of Trac.
    people: the claims of each person by the login.
    client: the client's metadata beyond its addresses, a dict; `secret` is its secret.
    """

    def __init__(self, certificate, site, people, client):
        self.people = people
        self.client = Client(dict(client, redirect_uris=[site + CALLBACK],
                                  post_logout_redirect_uris=[site + SIGNED_OUT]))
        self.codes, self.tokens, self.assertions = {}, [], set()
        #: What has happened, a list of text.
        self.events = []
        self.keys = []
        self.rotate()
        app = Flask('provider')
        app.config['OAUTH2_REFRESH_TOKEN_GENERATOR'] = True
        self._http = make_server('localhost', 0, app, threaded=True,
                                 ssl_context=(certificate.path, certificate.path))
        self.url = 'https://localhost:%d' % self._http.server_port
        self._server = server(app, self)
        for rule, view in (
                ('/.well-known/openid-configuration', self._metadata),
                ('/jwks', lambda: KeySet(self.keys).as_dict(private=False)),
                ('/authorize', self._authorize), ('/token', self._server.create_token_response),
                ('/revoke', lambda: self._server.create_endpoint_response('revocation')),
                ('/userinfo', lambda: self._server.create_endpoint_response('userinfo')),
                ('/logout', self._end_session)):
            app.add_url_rule(rule, rule, view, methods=['GET', 'POST'])

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, args=(.05,)).start()
        return self

    def __exit__(self, *exc_info):
        self._http.shutdown()
        self._http.server_close()

    def rotate(self):
        """Have it sign with a new key from now on; the older ones verify still."""
        self.keys.insert(0, RSAKey.generate_key(2048, {'use': 'sig', 'alg': 'RS256'}))

    def claims(self, login):
        return UserInfo(self.people[login], sub=login)

    def token(self, kind, value):
        """The Token whose access or refresh token, by `kind`, has a value; None: there is none."""
        return next((token for token in self.tokens if token[kind] == value), None)

    def save(self, token, oauth_request):
        self.events.append('grant %s %s' % (oauth_request.payload.grant_type,
                                            oauth_request.auth_method))
        self.tokens.append(Token(token, login=oauth_request.user, provider=self))

    def _metadata(self):
        metadata = OpenIDProviderMetadata({
            'issuer': self.url, 'jwks_uri': self.url + '/jwks',
            'authorization_endpoint': self.url + '/authorize',
            'token_endpoint': self.url + '/token', 'revocation_endpoint': self.url + '/revoke',
            'userinfo_endpoint': self.url + '/userinfo',
            'end_session_endpoint': self.url + '/logout',
            'response_types_supported': ['code'], 'subject_types_supported': ['public'],
            'id_token_signing_alg_values_supported': ['RS256'],
            'authorization_response_iss_parameter_supported': True})
        metadata.validate()
        return dict(metadata)

    def _authorize(self):
        try:
            grant = self._server.get_consent_grant()
        except OAuth2Error as e:
            return self._server.handle_error_response(None, e)
        if request.method == 'GET':
            return '<form method="post"><input name="login"></form>'
        return self._server.create_authorization_response(
            grant_user=request.form['login'] or None, grant=grant)

    def _end_session(self):
        return self._server.create_endpoint_response('end_session') or 'Signed out.'


def server(app, provider):
    """Authlib's server, with all that it has of what a relying party can use."""
    # Authlib makes the grants itself: this is how they find the provider.
    server = AuthorizationServer(app, {CLIENT_ID: provider.client}.get, provider.save)
    server.provider = provider
    server.register_client_auth_method('client_assertion_jwt', ClientAssertion(provider))
    server.register_grant(CodeGrant, [IdTokens(provider), CodeChallenge(required=True)])
    server.register_grant(RefreshGrant, [RefreshedIdTokens(provider)])
    server.register_endpoint(Revocation)
    protector = ResourceProtector()
    protector.register_token_validator(Bearer(provider))
    server.register_endpoint(Userinfo(resource_protector=protector))
    server.register_endpoint(EndSession)
    server.register_extension(Issuer(provider))
    return server


class Client(ClientMixin):

    client_id = CLIENT_ID

    def __init__(self, metadata):
        self.client_metadata = metadata
        self.method = metadata['token_endpoint_auth_method']

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.client_metadata['redirect_uris']

    def check_client_secret(self, client_secret):
        return client_secret == self.client_metadata['secret']

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ('client_assertion_jwt' if self.method.endswith('_jwt') else self.method)

    def check_response_type(self, response_type):
        return response_type == 'code'

    def check_grant_type(self, grant_type):
        return grant_type in ('authorization_code', 'refresh_token')


class Code(dict, AuthorizationCodeMixin):

    def get_redirect_uri(self):
        return self['redirect_uri']

    def get_scope(self):
        return self['scope']

    def get_nonce(self):
        return self['nonce']

    def get_auth_time(self):
        return self['auth_time']

    def get_acr(self):
        return None

    get_amr = get_acr

    # What CodeChallenge asks for

    @property
    def code_challenge(self):
        return self['code_challenge']

    @property
    def code_challenge_method(self):
        return self['code_challenge_method']


class Token(dict, TokenMixin):
    """What the token endpoint gave: the access token, and the refresh token that came with it."""

    revoked = False

    @property
    def scope(self):
        return self['scope']

    def check_client(self, client):
        return True

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self['expires_in']

    def is_expired(self):
        return False

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return self['login']

    def get_client(self):
        return self['provider'].client


class CodeGrant(grants.AuthorizationCodeGrant):

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, oauth_request):
        data = oauth_request.payload.data
        self.server.provider.codes[code] = Code(
            code=code, login=oauth_request.user, scope=oauth_request.payload.scope,
            redirect_uri=oauth_request.payload.redirect_uri, auth_time=int(time.time()),
            nonce=data.get('nonce'), code_challenge=data.get('code_challenge'),
            code_challenge_method=data.get('code_challenge_method'))

    def query_authorization_code(self, code, client):
        return self.server.provider.codes.get(code)

    def delete_authorization_code(self, authorization_code):
        del self.server.provider.codes[authorization_code['code']]

    def authenticate_user(self, authorization_code):
        return authorization_code['login']


class RefreshGrant(grants.RefreshTokenGrant):

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        token = self.server.provider.token('refresh_token', refresh_token)
        return token if token and not token.revoked else None

    def authenticate_user(self, refresh_token):
        login = refresh_token['login']
        return login if login in self.server.provider.people else None

    def revoke_old_credential(self, refresh_token):
        refresh_token.revoked = True


class RefreshedIdTokens(OpenIDToken):

    def __init__(self, provider):
        self.provider = provider

    def resolve_client_private_key(self, client):
        return self.provider.keys[0]

    def get_client_claims(self, client):
        return {'iss': self.provider.url, 'aud': [client.client_id]}

    def generate_user_info(self, user, scope):
        return self.provider.claims(user)


class IdTokens(RefreshedIdTokens, OpenIDCode):

    def __init__(self, provider):
        RefreshedIdTokens.__init__(self, provider)
        self.require_nonce = True

    def exists_nonce(self, nonce, oauth_request):
        return any(code['nonce'] == nonce for code in self.provider.codes.values())


class ClientAssertion(JWTBearerClientAssertion):

    def __init__(self, provider):
        JWTBearerClientAssertion.__init__(self)
        self.provider = provider

    def get_audiences(self):
        return [self.provider.url + '/token']

    def validate_jti(self, claims, jti):
        self.provider.assertions.add(jti)
        return True

    def resolve_client_public_key(self, client):
        metadata = client.client_metadata
        if client.method == 'client_secret_jwt':
            return OctKey.import_key(metadata['secret'])
        return KeySet.import_key_set(metadata['jwks'])


class Revocation(RevocationEndpoint):

    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string, token_type_hint):
        return self.server.provider.token(token_type_hint, token_string)

    def revoke_token(self, token, oauth_request):
        self.server.provider.events.append('revoked ' + oauth_request.form['token_type_hint'])
        token.revoked = True


class Bearer(BearerTokenValidator):

    def __init__(self, provider):
        BearerTokenValidator.__init__(self)
        self.provider = provider

    def authenticate_token(self, token_string):
        return self.provider.token('access_token', token_string)


class Userinfo(UserInfoEndpoint):

    def get_issuer(self):
        return self.server.provider.url

    def generate_user_info(self, user, scope):
        return self.server.provider.claims(user)

    def resolve_private_key(self):
        return self.server.provider.keys[0]


class EndSession(EndSessionEndpoint):

    def get_server_jwks(self):
        return KeySet(self.server.provider.keys)

    def end_session(self, end_session_request):
        self.server.provider.events.append('signed out')


class Issuer(IssuerParameter):

    def __init__(self, provider):
        self.provider = provider

    def get_issuer(self):
        return self.provider.url
