"""What the userinfo endpoint says of a person, as JSON or as a signed JWT."""

from ..._compat import to_text
from ...errors import ProviderError, TokenError, shown
from .transport import json_object

#: What to ask the endpoint for: which of the two it gives was settled at registration.
ACCEPT = 'application/json, application/jwt'


def read(response, provider, client_id, algorithms):
    """Return the claims of a userinfo response, a dict: OpenID Connect Core 1.0 section 5.3.2.

    Whether they are the right person's is left to the caller.

    :param response: a :class:`requests.Response`
    :param provider: a :class:`~trac_unit.oidc.provider.provider.Provider`
    :param client_id: this relying party, text
    :param algorithms: what the response may be signed with
    :raises ProviderError: it gave no usable answer
    :raises TokenError: it is a JWT that breaks a rule
    """
    kind = response.headers.get('Content-Type', '').split(';')[0].strip().lower()
    if kind != 'application/jwt':
        return json_object(response, 'userinfo')
    if response.status_code != 200:
        raise ProviderError('status', 'expected status 200 for the userinfo, got %d'
                            % response.status_code)
    claims = _verified(response.content, provider, algorithms)
    _for_us(claims, to_text(provider.issuer), to_text(client_id))
    return claims


def _verified(content, provider, algorithms):
    try:
        token = content.decode('ascii')
    except UnicodeError:
        raise TokenError('token_form', 'expected userinfo as a signed JWT, got other bytes')
    if token.count(u'.') == 4:  # RFC 7516 section 9 tells the two apart like that
        raise TokenError('userinfo_encrypted', 'expected userinfo that is not encrypted, got a '
                         'JWE: have the provider only sign it')
    return provider.verify(token, algorithms)[1]


def _for_us(claims, issuer, client_id):
    # Both are only recommended, and the TLS connection says where the answer is from.
    if claims.get('iss', issuer) != issuer:
        raise TokenError('userinfo_iss', 'expected userinfo of the issuer %s, got %s'
                         % (shown(issuer), shown(claims['iss'])))
    audience = claims.get('aud', client_id)
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise TokenError('userinfo_aud', 'expected userinfo for %s, got it for %s'
                         % (shown(client_id), shown(audience)))
