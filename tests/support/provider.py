# -*- coding: utf-8 -*-
"""The tests' own OpenID provider: a real HTTP server on loopback, in a thread of the test process.

It is correct and strict by default, so that it proves what the client sends; a test makes it
misbehave, one case at a time, through `Provider.hooks`.
"""
import base64
import binascii
import copy
import fcntl
import hashlib
import json
import os
import re
import socket
import sys
import threading
import time
import traceback
from collections import namedtuple
from xml.sax.saxutils import quoteattr

from support.client_proof import is_proven
from support.jws import b64url, half_hash, make_jws, new_key, public_pem

try:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from socketserver import TCPServer, ThreadingMixIn
    from urllib.parse import unquote_to_bytes, urlencode
except ImportError:  # Python 2.7
    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer
    from SocketServer import TCPServer, ThreadingMixIn
    from urllib import unquote as unquote_to_bytes, urlencode

__all__ = ['Provider', 'b64url', 'make_jws', 'new_key', 'public_pem']

CODE_LIFETIME = 60  # seconds
TOKEN_LIFETIME = 300  # seconds

USERS = {
    u'alice': {'preferred_username': u'alice', 'name': u'Alice Liddell',
               'email': u'alice@example.org', 'groups': [u'developers']},
    u'bob': {'preferred_username': u'bob', 'name': u'Bob Builder',
             'email': u'bob@example.org', 'groups': []},
    u'zofie': {'preferred_username': u'žofie', 'name': u'Žofie Nováková',
               'email': u'zofie@example.org', 'groups': [u'developers', u'překladatelé']},
}

# What a scope releases: OpenID Connect Core 1.0 section 5.4. Other claims, such as groups, belong
# to no scope and are always released.
SCOPE_CLAIMS = {'profile': ('name', 'preferred_username'), 'email': ('email', 'email_verified')}

ROUTES = {  # path: (name of the Provider's method, HTTP methods)
    '/.well-known/openid-configuration': ('_discovery', ('GET',)),
    '/jwks': ('_jwks', ('GET',)),
    '/authorize': ('_authorize', ('GET', 'POST')),
    '/token': ('_token', ('POST',)),
    '/userinfo': ('_userinfo', ('GET', 'POST')),
    '/end_session': ('_end_session', ('GET', 'POST')),
    '/revoke': ('_revoke', ('POST',)),
    '/par': ('_push', ('POST',)),
}

AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt',
                'private_key_jwt', 'tls_client_auth', 'none']

HOOKS = frozenset(['discovery', 'jwks', 'authorize', 'id_token_claims', 'id_token_header',
                   'id_token', 'logout_token_claims', 'logout_token_header', 'logout_token',
                   'token_response', 'userinfo', 'userinfo_header', 'userinfo_token', 'pushed',
                   'sign'])

LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

FORM_POST = u"""<!DOCTYPE html>
<html><head><title>Submit this form</title></head>
<body onload="document.forms[0].submit()">
<form method="post" action=%s>
%s
<noscript><button>Continue</button></noscript>
</form></body></html>
"""

# certificate: what the client showed in its TLS handshake, DER bytes or None
Request = namedtuple('Request', 'method path params headers certificate')


class Provider(object):
    """An OpenID provider; as a context manager it serves while inside.

    client_id, client_secret: the client registered from the start; public if the secret is None.
    users: dict of sub -> claims, in place of alice, bob and zofie.
    clock: returns the time in seconds; rules every lifetime and time claim.

    Leaving the context raises AssertionError if a hook, or the provider itself, failed meanwhile.
    """

    def __init__(self, client_id='trac', client_secret='provider-test-secret', users=None,
                 clock=time.time):
        self.clock = clock
        self.stopping = threading.Event()  # for slow hooks: wait on this, never sleep
        # auth: the one method that the client may use, or None: basic, post or none;
        # key: its Key, for private_key_jwt; certificate: in DER, for tls_client_auth
        self._initial = ({client_id: {'secret': client_secret, 'redirect_uris': None,
                                      'post_logout_redirect_uris': None,
                                      'auth': None, 'key': None, 'certificate': None}},
                         USERS if users is None else users)
        self._port = 0
        self._server = self._tls_server = None
        self.reset()

    def reset(self):
        """Forget everything that happened or was changed: as new, at the same address."""
        self.clients, self.users = copy.deepcopy(self._initial)
        self.login_as = u'alice' if u'alice' in self.users else None
        self.claims_in_id_token = False
        self.par = None  # or 'offered', or 'required'
        self.userinfo_signed = False  # whether userinfo is a JWT
        self.hooks = Hooks()
        self.keys = [new_key('key-1')]  # the first one signs
        self.requests = []  # each a Request
        self.logouts = []  # params of each accepted end_session request
        self.revoked = []  # tokens that /revoke was asked to revoke
        self.grants = []  # each a Grant, one for a sign-in
        self.pushed = []  # params of each authorization request that was pushed
        self.issued = []  # every code and token given out, as text: none may leak
        self.errors = []  # tracebacks of hooks and of the provider itself
        self._rotations = 0
        self._codes, self._spent_codes = {}, {}
        self._access_tokens, self._refresh_tokens, self._id_tokens = {}, {}, {}
        self._pushed_requests, self._assertions = {}, set()

    # Life

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        self.stop()
        if kind is None and self.errors:
            raise AssertionError('The provider failed:\n' + '\n'.join(self.errors))

    def start(self):
        """Listen, on the same port as before after a stop(); returns self."""
        self.stopping.clear()
        self._server = self._serve(Server(('127.0.0.1', self._port), Handler))
        self._port = self._server.server_address[1]
        return self

    def start_tls(self, context):
        """Listen on another port too, with TLS, for clients with a certificate: RFC 8705."""
        server = Server(('127.0.0.1', 0), Handler)
        server.context = context
        self._tls_server = self._serve(server)

    def _serve(self, server):
        server.provider = self
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.daemon = True
        thread.start()
        return server

    def stop(self):
        """Stop listening: from now on connections are refused."""
        self.stopping.set()
        for server in (self._server, self._tls_server):
            if server is not None:
                server.shutdown()
                server.server_close()
        self._server = self._tls_server = None

    @property
    def url(self):
        assert self._port, 'the provider has no address before start()'
        return 'http://127.0.0.1:%d' % self._port

    issuer = url

    # What tests ask and change

    def count(self, path):
        """How many requests came to a path."""
        return sum(request.path == path for request in self.requests)

    def add_key(self, key, signing=False):
        """Publish one more Key; with signing, ID tokens are signed with it from now on."""
        self.keys.insert(0 if signing else len(self.keys), key)
        return key

    def rotate_keys(self, keep_old=True):
        """Sign with a new key under a new key id; returns the new Key."""
        self._rotations += 1
        if not keep_old:
            self.keys = []
        kid = 'key-%d' % (self._rotations + 1)
        return self.add_key(new_key(kid, number=self._rotations), signing=True)

    def withdraw(self, sub):
        """Let a person in no more: what was granted ends."""
        for grant in self.grants:
            if grant.sub == sub:
                self._withdraw(grant)

    def logout_token(self, sub=None, sid=None, client_id=u'trac'):
        """A logout token for a client, text: Back-Channel Logout 1.0 section 2.4."""
        now = int(self.clock())
        claims = {'iss': self.issuer, 'aud': client_id, 'iat': now, 'exp': now + 120,
                  'jti': b64url(os.urandom(12)), 'events': {LOGOUT_EVENT: {}}}
        claims.update((name, value) for name, value in (('sub', sub), ('sid', sid)) if value)
        return self._signed('logout_token', u'logout+jwt', claims)

    def answer(self, request):
        """(status, headers, body) for a Request."""
        name, methods = ROUTES.get(request.path, (None, ()))
        if name is None:
            return plain(404, u'no such endpoint: ' + request.path)
        if request.method not in methods:
            return plain(405, u'expected ' + u' or '.join(methods))
        try:
            return getattr(self, name)(request)
        except Refused as refused:
            return refused.response

    # Endpoints

    def _discovery(self, request):
        """OpenID Connect Discovery 1.0 section 4, RFC 8414, RFC 9207 section 3."""
        document = {
            'issuer': self.issuer,
            'response_types_supported': ['code'],
            'response_modes_supported': ['query', 'form_post'],
            'grant_types_supported': ['authorization_code', 'refresh_token'],
            'subject_types_supported': ['public'],
            'scopes_supported': ['openid', 'profile', 'email'],
            'id_token_signing_alg_values_supported': sorted(set(key.alg for key in self.keys)),
            'token_endpoint_auth_methods_supported': AUTH_METHODS,
            'token_endpoint_auth_signing_alg_values_supported': ['HS256', 'RS256', 'ES256'],
            'code_challenge_methods_supported': ['S256'],
            'authorization_response_iss_parameter_supported': True,
            'backchannel_logout_supported': True,
            'backchannel_logout_session_supported': True,
        }
        for name, path in (('authorization_endpoint', '/authorize'),
                           ('token_endpoint', '/token'),
                           ('userinfo_endpoint', '/userinfo'),
                           ('jwks_uri', '/jwks'),
                           ('end_session_endpoint', '/end_session'),
                           ('revocation_endpoint', '/revoke')):
            document[name] = self.url + path
        if self.par:
            document['pushed_authorization_request_endpoint'] = self.url + '/par'
            document['require_pushed_authorization_requests'] = self.par == 'required'
        if self._tls_server:
            base = 'https://127.0.0.1:%d' % self._tls_server.server_address[1]
            document['mtls_endpoint_aliases'] = {
                'token_endpoint': base + '/token', 'userinfo_endpoint': base + '/userinfo',
                'pushed_authorization_request_endpoint': base + '/par',
                'revocation_endpoint': base + '/revoke'}
        return json_response(200, self._hooked('discovery', document))

    def _jwks(self, request):
        """RFC 7517 section 5."""
        return json_response(200, self._hooked('jwks', {'keys': [key.jwk() for key in self.keys]}))

    def _authorize(self, request):
        """OpenID Connect Core 1.0 section 3.1.2, RFC 7636 section 4.3, RFC 9207 section 2."""
        params = self._pushed_or_plain(request.params)
        problems = self._problems_of_authorization(params)
        if problems:
            raise Refused(plain(400, u'missing or wrong: ' + u', '.join(problems)))
        answer = self._sign_in(params)
        answer.update(state=params['state'], iss=self.issuer)
        answer = pairs_of(self._hooked('authorize', answer))
        if params.get('response_mode') == 'form_post':
            return form_post(params['redirect_uri'], answer)
        return redirect(params['redirect_uri'], answer)

    def _push(self, request):
        """RFC 9126 section 2."""
        client_id = self._authenticate_client(request)
        params = dict((name, value) for name, value in request.params.items()
                      if name not in ('client_secret', 'client_assertion',
                                      'client_assertion_type'))
        problems = self._problems_of_authorization(params)
        if params.get('client_id') != client_id or 'request_uri' in params:
            problems.append('client_id or request_uri')
        if problems:
            raise Refused(oauth_error(400, 'invalid_request', ', '.join(problems)))
        self.pushed.append(params)
        reference = 'urn:ietf:params:oauth:request_uri:' + self._issue('request')
        self._pushed_requests[reference] = params, self.clock() + CODE_LIFETIME
        return json_response(201, self._hooked('pushed', {
            'request_uri': reference, 'expires_in': CODE_LIFETIME}))

    def _pushed_or_plain(self, params):
        """The parameters of an authorization request: RFC 9126 section 4."""
        if 'request_uri' not in params:
            if self.par == 'required':
                raise Refused(plain(400, u'missing or wrong: request_uri'))
            return params
        pushed, expires = self._pushed_requests.pop(params['request_uri'], ({}, 0))
        # Whatever else came along could be changed in the browser.
        if set(params) != {'client_id', 'request_uri'} or self.clock() >= expires or \
                params['client_id'] != pushed.get('client_id'):
            raise Refused(plain(400, u'missing or wrong: request_uri'))
        return pushed

    def _token(self, request):
        """RFC 6749 sections 4.1.3 and 6, OpenID Connect Core 1.0 section 3.1.3."""
        client_id = self._authenticate_client(request)
        grant_type = request.params.get('grant_type')
        if grant_type == 'authorization_code':
            grant = self._redeem_code(client_id, request.params)
            response = self._tokens(grant, nonce=grant.nonce)
        elif grant_type == 'refresh_token':
            # A refreshed ID token should not hold a nonce: OpenID Connect Core section 12.2.
            response = self._tokens(self._redeem_refresh_token(client_id, request.params))
        else:
            raise Refused(oauth_error(400, 'unsupported_grant_type', 'got %r' % grant_type))
        return json_response(200, self._hooked('token_response', response))

    def _userinfo(self, request):
        """OpenID Connect Core 1.0 section 5.3; RFC 6750 section 2.1: in the header only."""
        scheme, _, token = request.headers.get('authorization', '').partition(' ')
        grant, expires = self._access_tokens.get(token, (None, 0))
        if scheme.lower() != 'bearer' or grant is None or self.clock() >= expires:
            challenge = 'Bearer error="invalid_token"'
            return 401, [('WWW-Authenticate', challenge)], b''
        claims = dict(self._released_claims(grant), sub=grant.sub)
        if not self.userinfo_signed:
            return json_response(200, self._hooked('userinfo', claims))
        return 200, [('Content-Type', 'application/jwt')], self._signed_userinfo(grant, claims)

    def _signed_userinfo(self, grant, claims):
        """OpenID Connect Core 1.0 section 5.3.2."""
        claims = self._hooked('userinfo', dict(claims, iss=self.issuer, aud=grant.client_id))
        key = self.keys[0]
        header = self._hooked('userinfo_header', {'alg': key.alg, 'kid': key.kid})
        sign = self.hooks.get('sign')
        token = sign(header, claims) if sign else make_jws(header, claims, key)
        return self._hooked('userinfo_token', token).encode('utf-8')

    def _end_session(self, request):
        """OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3."""
        params = request.params
        back = params.get('post_logout_redirect_uri')
        if back is not None:
            self._check_logout(params, back)
        self.logouts.append(params)
        if back is None:
            return plain(200, u'You are signed out of the provider.')
        return redirect(back, [(name, params[name]) for name in ('state',) if name in params])

    def _revoke(self, request):
        """RFC 7009 section 2: an unknown token is no error."""
        client_id = self._authenticate_client(request)
        token = request.params.get('token')
        if not token:
            raise Refused(oauth_error(400, 'invalid_request', 'expected a token'))
        self.revoked.append(token)
        for grant in [self._access_tokens.get(token, (None,))[0], self._refresh_tokens.get(token)]:
            if grant is not None and grant.client_id == client_id:
                self._withdraw(grant)
        return 200, [], b''

    # Rules

    def _hooked(self, name, value):
        hook = self.hooks.get(name)
        return value if hook is None else hook(value)

    def _issue(self, prefix):
        secret = u'%s-%s' % (prefix, b64url(os.urandom(24)))
        self.issued.append(secret)
        return secret

    def _problems_of_authorization(self, params):
        """Names of the bad parameters; state, nonce and PKCE count as required."""
        client = self.clients.get(params.get('client_id'))
        challenge = params.get('code_challenge', u'')
        rules = (
            ('client_id', client is not None),
            ('redirect_uri', client is not None and registered(
                client.get('redirect_uris'), params.get('redirect_uri'))),
            ('response_type', params.get('response_type') == 'code'),
            ('response_mode', params.get('response_mode', 'query') in ('query', 'form_post')),
            ('scope', 'openid' in params.get('scope', u'').split(u' ')),
            ('state', params.get('state')),
            ('nonce', params.get('nonce')),
            ('code_challenge', re.match(r'[\w-]{43}\Z', challenge)),
            ('code_challenge_method', params.get('code_challenge_method') == 'S256'),
        )
        return [name for name, good in rules if not good]

    def _sign_in(self, params):
        """The code for the person who signs in, or access_denied when nobody does."""
        sub = params.get('login_hint')
        if sub not in self.users:
            sub = self.login_as
        if sub is None:
            return {'error': 'access_denied', 'error_description': 'nobody signed in'}
        code = self._issue('code')
        self._codes[code] = Grant(sub, params, self.clock())
        self.grants.append(self._codes[code])
        return {'code': code}

    def _authenticate_client(self, request):
        """The client_id, once proven: RFC 6749 sections 2.3.1 and 5.2."""
        header = request.headers.get('authorization')
        client_id = request.params.get('client_id')
        secret = request.params.get('client_secret')
        assertion = request.params.get('client_assertion')
        shown = [value for value in (header, secret, assertion) if value is not None]
        if len(shown) > 1:
            raise Refused(oauth_error(400, 'invalid_request', 'two client credentials'))
        if header is not None:
            client_id, secret = basic_credentials(header)
        client = self.clients.get(client_id)
        method = ('client_secret_basic' if header is not None else
                  'client_secret_post' if secret is not None else 'none')
        if client is None or not is_proven(
                client, client_id, method, secret, request, self.url + '/token', self.clock(),
                self._assertions):
            raise Refused(oauth_error(401, 'invalid_client', 'unknown client or wrong secret'))
        return client_id

    def _redeem_code(self, client_id, params):
        """The grant of a code, which works once: RFC 6749 4.1.2, 4.1.3; RFC 7636 4.6."""
        code = params.get('code')
        if code in self._spent_codes:
            self._withdraw(self._spent_codes[code])
            raise Refused(oauth_error(400, 'invalid_grant', 'the code was used before'))
        grant = self._codes.pop(code, None)
        if grant is None:
            raise Refused(oauth_error(400, 'invalid_grant', 'unknown code'))
        self._spent_codes[code] = grant
        problem = grant.problem(client_id, params, self.clock())
        if problem:
            raise Refused(oauth_error(400, 'invalid_grant', problem))
        return grant

    def _redeem_refresh_token(self, client_id, params):
        """The grant of a refresh token, which works once: RFC 6749 section 6, RFC 9700 4.14."""
        grant = self._refresh_tokens.pop(params.get('refresh_token'), None)
        if grant is None or grant.client_id != client_id:
            raise Refused(oauth_error(400, 'invalid_grant', 'unknown or used refresh token'))
        return grant

    def _withdraw(self, grant):
        for token, (owner, _) in list(self._access_tokens.items()):
            if owner is grant:
                self._access_tokens.pop(token, None)
        for token, owner in list(self._refresh_tokens.items()):
            if owner is grant:
                self._refresh_tokens.pop(token, None)

    def _check_logout(self, params, back):
        grant = self._id_tokens.get(params.get('id_token_hint'))
        if grant is None:
            raise Refused(plain(400, u'missing or wrong: id_token_hint'))
        if params.get('client_id', grant.client_id) != grant.client_id:
            raise Refused(plain(400, u'missing or wrong: client_id'))
        if not registered(self.clients[grant.client_id].get('post_logout_redirect_uris'), back):
            raise Refused(plain(400, u'missing or wrong: post_logout_redirect_uri'))

    # Tokens

    def _tokens(self, grant, nonce=None):
        access_token = self._issue('access')
        refresh_token = self._issue('refresh')
        self._access_tokens[access_token] = grant, self.clock() + TOKEN_LIFETIME
        self._refresh_tokens[refresh_token] = grant
        return {'access_token': access_token, 'token_type': 'Bearer', 'expires_in': TOKEN_LIFETIME,
                'refresh_token': refresh_token, 'scope': u' '.join(grant.scope),
                'id_token': self._id_token(grant, nonce, access_token)}

    def _id_token(self, grant, nonce, access_token):
        """OpenID Connect Core 1.0 sections 2 and 3.1.3.6."""
        at_hash = half_hash(self.keys[0].alg, access_token)
        token = self._signed('id_token', u'JWT', self._id_token_claims(grant, nonce, at_hash))
        self._id_tokens[token] = grant
        return token

    def _signed(self, kind, type, claims):
        """A token, as the hooks of its kind have it."""
        key = self.keys[0]
        header = {'alg': key.alg, 'typ': type}
        if key.kid is not None:
            header['kid'] = key.kid
        header = self._hooked(kind + '_header', header)
        claims = self._hooked(kind + '_claims', claims)
        sign = self.hooks.get('sign')
        token = sign(header, claims) if sign else make_jws(header, claims, key)
        token = self._hooked(kind, token)
        self.issued.append(token)
        return token

    def _id_token_claims(self, grant, nonce, at_hash):
        now = int(self.clock())
        claims = {'iss': self.issuer, 'sub': grant.sub, 'aud': grant.client_id, 'iat': now,
                  'exp': now + TOKEN_LIFETIME, 'auth_time': grant.auth_time, 'sid': grant.sid,
                  'at_hash': at_hash}
        if nonce is not None:
            claims['nonce'] = nonce
        if grant.acr is not None:
            claims['acr'] = grant.acr
        if self.claims_in_id_token:
            claims.update(self._released_claims(grant))
        return claims

    def _released_claims(self, grant):
        withheld = set(name for scope, names in SCOPE_CLAIMS.items() if scope not in grant.scope
                       for name in names)
        return dict((name, value) for name, value in self.users[grant.sub].items()
                    if name not in withheld)


class Hooks(dict):
    """The provider's misbehaviour by name; a misspelt name is an error, not a test of nothing."""

    def __setitem__(self, name, hook):
        if name not in HOOKS and not name.startswith('raw:/'):
            raise KeyError('no such hook: %s' % name)
        dict.__setitem__(self, name, hook)

    def update(self, *args, **kwargs):
        for name, hook in dict(*args, **kwargs).items():
            self[name] = hook


class Grant(object):
    """What one sign-in allowed one client, and what its code is bound to."""

    def __init__(self, sub, params, now):
        self.sub = sub
        self.client_id = params['client_id']
        self.redirect_uri = params['redirect_uri']
        self.code_challenge = params['code_challenge']
        self.nonce = params['nonce']
        self.scope = params['scope'].split()
        self.acr = (params.get('acr_values', u'').split() or [None])[0]
        self.auth_time = int(now)
        self.sid = b64url(os.urandom(12))
        self.expires = now + CODE_LIFETIME

    def problem(self, client_id, params, now):
        """Why this code may not be redeemed so, or None: RFC 6749 4.1.3, RFC 7636 4.1 and 4.6."""
        verifier = params.get('code_verifier', u'')
        if client_id != self.client_id:
            return 'the code is for another client'
        if params.get('redirect_uri') != self.redirect_uri:
            return 'the redirect_uri is not that of the authorization request'
        if now >= self.expires:
            return 'the code has expired'
        if not re.match(r'[A-Za-z0-9._~-]{43,128}\Z', verifier):
            return 'missing or malformed code_verifier'
        if b64url(hashlib.sha256(verifier.encode('ascii')).digest()) != self.code_challenge:
            return 'wrong code_verifier'
        return None


class Headers(dict):
    """Request headers by name, in any case."""

    def __init__(self, pairs):
        dict.__init__(self, ((name.lower(), value) for name, value in pairs))

    def __getitem__(self, name):
        return dict.__getitem__(self, name.lower())

    def __contains__(self, name):
        return dict.__contains__(self, name.lower())

    def get(self, name, default=None):
        return dict.get(self, name.lower(), default)


class Refused(Exception):
    """A request that the provider refuses, with the response that says so."""

    def __init__(self, response):
        Exception.__init__(self, response)
        self.response = response


class Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    request_queue_size = 64
    context = None

    def get_request(self):
        connection, address = HTTPServer.get_request(self)
        if self.context is not None:
            # The handshake is for the thread of the request.
            connection = self.context.wrap_socket(connection, server_side=True,
                                                  do_handshake_on_connect=False)
        return connection, address

    def server_bind(self):
        # HTTPServer's own asks the resolver for this machine's name, which can take seconds.
        TCPServer.server_bind(self)
        # A server process that a test starts must not keep this port open: Python 2.7 would.
        fcntl.fcntl(self.socket, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        self.server_name, self.server_port = self.server_address

    def handle_error(self, request, client_address):
        # A client that hangs up on a slow or endless answer does right.
        if not isinstance(sys.exc_info()[1], socket.error):
            self.provider.errors.append(traceback.format_exc())


class Handler(BaseHTTPRequestHandler):
    """One HTTP/1.0 exchange: without keep-alive, no connection outlives the provider's stop()."""

    timeout = 30  # seconds

    def setup(self):
        if self.server.context is not None:
            self.request.do_handshake()
        BaseHTTPRequestHandler.setup(self)

    def do_GET(self):
        self._send(self._response())

    do_POST = do_GET

    def log_message(self, *args):
        pass

    def _response(self):
        provider = self.server.provider
        path, _, query = self.path.partition('?')
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        pairs = form_decode(query) + form_decode(body)
        certificate = self.connection.getpeercert(True) if self.server.context else None
        self.record = Request(self.command, path, dict(pairs), Headers(self.headers.items()),
                              certificate)
        provider.requests.append(self.record)
        try:
            if 'raw:' + path in provider.hooks:
                return provider.hooks['raw:' + path](self)
            # RFC 6749 sections 2.3.1, 3.1 and 3.2: no secrets in a URL, no parameter twice.
            if self.command == 'POST' and query:
                return plain(400, u'expected all parameters in the body')
            if len(pairs) != len(self.record.params):
                return plain(400, u'expected each parameter once')
            return provider.answer(self.record)
        except Exception:
            provider.errors.append(traceback.format_exc())
            return plain(500, u'the provider failed')

    def _send(self, response):
        """Send (status, headers, body), or raw bytes in pieces; a body may be in pieces too."""
        if not isinstance(response, tuple):
            return self._drip(response)
        status, headers, body = response
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if isinstance(body, bytes):
            if 'content-length' not in [name.lower() for name, _ in headers]:
                self.send_header('Content-Length', str(len(body)))
            body = [body]
        self.end_headers()
        self._drip(body)

    def _drip(self, pieces):
        for piece in pieces:
            self.wfile.write(piece)


def form_decode(data):
    """(name, value) pairs of text, from application/x-www-form-urlencoded bytes or native str."""
    data = data if isinstance(data, bytes) else data.encode('latin-1')
    pairs = [pair.partition(b'=') for pair in data.split(b'&') if pair]
    return [(form_text(name), form_text(value)) for name, _, value in pairs]


def form_text(data):
    return unquote_to_bytes(data.replace(b'+', b' ')).decode('utf-8', 'replace')


def pairs_of(params):
    return list(params.items()) if isinstance(params, dict) else list(params)


def basic_credentials(header):
    """(client_id, secret), each form-decoded after base64: RFC 6749 section 2.3.1."""
    scheme, _, credentials = header.partition(' ')
    try:
        decoded = base64.b64decode(credentials.encode('ascii'))
    except (ValueError, TypeError, binascii.Error):
        decoded = b''
    client_id, colon, secret = decoded.partition(b':')
    if scheme.lower() != 'basic' or not colon:
        raise Refused(oauth_error(401, 'invalid_client', 'expected Basic credentials'))
    return form_text(client_id), form_text(secret)


def registered(uris, uri):
    """Whether a client may use a URI; a client that registered no list may use any."""
    return bool(uri) if uris is None else uri in uris


def json_response(status, document, headers=()):
    headers = [('Content-Type', 'application/json'), ('Cache-Control', 'no-store')] + list(headers)
    return status, headers, json.dumps(document).encode('ascii')


def oauth_error(status, error, description):
    """RFC 6749 section 5.2."""
    challenge = [('WWW-Authenticate', 'Basic realm="provider"')] if status == 401 else []
    return json_response(status, {'error': error, 'error_description': description}, challenge)


def plain(status, text):
    return status, [('Content-Type', 'text/plain; charset=utf-8')], text.encode('utf-8')


def redirect(uri, pairs):
    query = urlencode([(name.encode('utf-8'), value.encode('utf-8')) for name, value in pairs])
    mark = '&' if '?' in uri else '?'
    return 302, [('Location', str(uri + mark + query if query else uri))], b''


def form_post(uri, pairs):
    """OAuth 2.0 Form Post Response Mode section 2."""
    fields = u'\n'.join(u'<input type="hidden" name=%s value=%s>'
                        % (quoteattr(name), quoteattr(value)) for name, value in pairs)
    page = FORM_POST % (quoteattr(uri), fields)
    headers = [('Content-Type', 'text/html; charset=utf-8'), ('Cache-Control', 'no-store')]
    return 200, headers, page.encode('utf-8')
