"""Whether a client has proven who it is, as the tests' own provider sees it."""
from support.jws import is_signed, read_jws

ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'


def is_proven(client, client_id, method, secret, request, audience, now, used):
    """Whether a request's credentials are right: OpenID Connect Core 1.0 section 9, RFC 8705.

    client: what is registered, a dict; its `auth` is the one method that is allowed, or None.
    method, secret: how the request shows a secret, and which.
    audience: whom a client assertion is for; used: the set of those that were seen.
    """
    params = request.params
    allowed = client.get('auth')
    if allowed in ('client_secret_jwt', 'private_key_jwt'):
        return secret is None and assertion_problem(
            client, client_id, params, audience, now, used) is None
    if 'client_assertion' in params:
        return False
    if allowed == 'tls_client_auth':
        return method == 'none' and request.certificate is not None and \
            request.certificate == client['certificate']
    return client['secret'] == secret and allowed in (None, method)


def assertion_problem(client, client_id, params, audience, now, used):
    """What is wrong with a client assertion, or None: RFC 7523 section 3."""
    assertion = params.get('client_assertion', u'')
    if params.get('client_assertion_type') != ASSERTION_TYPE or assertion.count(u'.') != 2:
        return 'no assertion'
    by_secret = client['auth'] == 'client_secret_jwt'
    key = client['secret'].encode('utf-8') if by_secret else client['key']
    header, claims = read_jws(assertion)
    rules = (
        ('signature', is_signed(assertion, key)),
        ('alg', header.get('alg') == ('HS256' if by_secret else key.alg)),
        ('kid', by_secret or header.get('kid') == key.thumbprint()),
        ('iss', claims.get('iss') == client_id), ('sub', claims.get('sub') == client_id),
        ('aud', claims.get('aud') == audience),
        ('exp', now < claims.get('exp', 0) <= now + 300),
        ('iat', now - 300 <= claims.get('iat', 0) <= now + 1),
        ('jti', claims.get('jti') and claims['jti'] not in used))
    used.add(claims.get('jti'))
    return ', '.join(name for name, good in rules if not good) or None
