"""The rules for claims that every token of a provider has: RFC 7519 section 4.1.

Pure: the signature has been verified, the clock is a parameter, and the two
lines of Authlib, which accept different tokens, have no say.
"""

from ..._compat import integer_types, text_type, well_formed
from ...errors import TokenError, shown

#: Seconds by which the provider's clock and ours may differ.
CLOCK_SKEW = 120

_MAX_SUBJECT = 255


def check_type(header, own=None):
    """Refuse a token that says it is of another kind: RFC 8725 section 3.11.

    :param header: the JOSE header, a dict
    :param own: the type of this kind of token, such as ``logout+jwt``, or None
    :raises TokenError: it does
    """
    if 'typ' not in header:
        return
    kind = header['typ'].lower() if isinstance(header['typ'], text_type) else None
    # Plain "JWT" tells nothing, and some providers have words of their own there.
    if kind is None or kind.endswith(u'+jwt') and kind not in (own, u'application/%s' % own):
        raise TokenError('typ', 'expected a token of the type %s, got %s'
                         % (own or 'JWT', shown(header['typ'])))


def check_issuer(claims, issuer):
    """Refuse a token of another issuer.

    :param issuer: the issuer identifier
    :raises TokenError: it is
    """
    if claims.get('iss') != issuer:
        raise TokenError('iss', 'expected issuer %s, got %s'
                         % (shown(issuer), shown(claims.get('iss'))))


def check_audience(claims, client_id):
    """Refuse a token that is not for this relying party alone: Core 3.1.3.7, rules 3 to 5.

    :param client_id: this relying party
    :raises TokenError: it is for others, or was given to another
    """
    audience = claims.get('aud')
    audiences = audience if isinstance(audience, list) else [audience]
    # No other audience is trusted (rule 3): a token for two is for anyone of them to replay.
    if not audiences or any(item != client_id for item in audiences):
        raise TokenError('aud', 'expected audience %s alone, got %s'
                         % (shown(client_id), shown(audience)))
    if 'azp' in claims and claims['azp'] != client_id:
        raise TokenError('azp', 'expected authorized party %s, got %s'
                         % (shown(client_id), shown(claims['azp'])))
    if len(audiences) > 1 and 'azp' not in claims:
        raise TokenError('azp', 'expected an authorized party with several audiences, got none')


def check_times(claims, now, max_age):
    """Refuse a token that is over, or from another time.

    :param now: seconds since the epoch
    :param max_age: seconds since it was issued, at most
    :raises TokenError: it is, or does not say
    """
    expiry = number(claims, 'exp')
    if not now - CLOCK_SKEW < expiry:
        raise TokenError('exp', 'expected an expiry after %d, got %s' % (now, shown(expiry)))
    issued = number(claims, 'iat')
    if not now - max_age - CLOCK_SKEW <= issued <= now + CLOCK_SKEW:
        raise TokenError('iat', 'expected an issue time from %d to %d, got %s'
                         % (now - max_age, now, shown(issued)))
    if 'nbf' in claims and not number(claims, 'nbf') <= now + CLOCK_SKEW:
        raise TokenError('nbf', 'expected a token that is valid at %d, got one from %s'
                         % (now, shown(claims['nbf'])))


def check_subject(claims):
    """Refuse a token without a subject of 1 to 255 characters.

    :raises TokenError: it has none
    """
    subject = claims.get('sub')
    if not isinstance(subject, text_type) or not 0 < len(subject) <= _MAX_SUBJECT \
            or not well_formed(subject):
        raise TokenError('sub', 'expected a subject of 1 to %d characters, got %s'
                         % (_MAX_SUBJECT, shown(subject)))


def number(claims, name):
    """Return a claim that is a number, seconds since the epoch.

    :raises TokenError: it is none
    """
    value = claims.get(name)
    # True is an int in Python, and 1e999 is a float that is no number.
    if isinstance(value, bool) or not isinstance(value, integer_types + (float,)) \
            or value != value or abs(value) > 2 ** 53:
        raise TokenError(name, 'expected a number as %s, got %s' % (name, shown(value)))
    return value
