"""The rules for the claims of an ID token.

Pure: the signature has been verified, the clock is a parameter, and the two
lines of Authlib, which accept different tokens, have no say.
"""

import base64
import hashlib

from .._compat import integer_types, text_type, to_bytes, well_formed
from ..errors import TokenError, shown

#: Seconds by which the provider's clock and ours may differ.
CLOCK_SKEW = 120

_MAX_SUBJECT = 255
_HASHES = {'256': hashlib.sha256, '384': hashlib.sha384, '512': hashlib.sha512}


class Expectation(object):
    """What the ID token of one sign-in must say.

    :param issuer: the issuer identifier
    :param client_id: this relying party
    :param nonce: what the authorization request sent
    :param access_token: the access token that came with it, or None
    :param max_age: seconds since the person signed in at the provider, at most;
        None: not asked
    :param acr_values: the authentication contexts that were asked for
    """

    def __init__(self, issuer, client_id, nonce, access_token=None, max_age=None, acr_values=()):
        self.issuer = issuer
        self.client_id = client_id
        self.nonce = nonce
        self.access_token = access_token
        self.max_age = max_age
        self.acr_values = tuple(acr_values or ())


def validate(header, claims, expected, now):
    """Return nothing if the claims are right: OpenID Connect Core 1.0 section 3.1.3.7.

    :param header: the JOSE header, a dict; its algorithm has been allowed
    :param claims: the claims, a dict
    :param expected: an :class:`Expectation`
    :param now: seconds since the epoch
    :raises TokenError: with the claim's name as the reason
    """
    _issuer(claims, expected)
    _audience(claims, expected)
    _times(claims, now)
    _subject(claims)
    if not expected.nonce or claims.get('nonce') != expected.nonce:
        # Its value stays out of the log: it is as good as a token.
        raise TokenError('nonce', 'expected the nonce of this sign-in, got another')
    _access_token_hash(header, claims, expected)
    _authentication(claims, expected, now)


def _issuer(claims, expected):
    if claims.get('iss') != expected.issuer:
        raise TokenError('iss', 'expected issuer %s, got %s'
                         % (shown(expected.issuer), shown(claims.get('iss'))))


def _audience(claims, expected):
    audience = claims.get('aud')
    audiences = audience if isinstance(audience, list) else [audience]
    # No other audience is trusted (rule 3): a token for two is for anyone of them to replay.
    if not audiences or any(item != expected.client_id for item in audiences):
        raise TokenError('aud', 'expected audience %s alone, got %s'
                         % (shown(expected.client_id), shown(audience)))
    if 'azp' in claims and claims['azp'] != expected.client_id:
        raise TokenError('azp', 'expected authorized party %s, got %s'
                         % (shown(expected.client_id), shown(claims['azp'])))
    if len(audiences) > 1 and 'azp' not in claims:
        raise TokenError('azp', 'expected an authorized party with several audiences, got none')


def _times(claims, now):
    expiry = _number(claims, 'exp')
    if not now - CLOCK_SKEW < expiry:
        raise TokenError('exp', 'expected an expiry after %d, got %s' % (now, shown(expiry)))
    issued = _number(claims, 'iat')
    if not issued <= now + CLOCK_SKEW:
        raise TokenError('iat', 'expected an issue time before %d, got %s' % (now, shown(issued)))
    if 'nbf' in claims and not _number(claims, 'nbf') <= now + CLOCK_SKEW:
        raise TokenError('nbf', 'expected a token that is valid at %d, got one from %s'
                         % (now, shown(claims['nbf'])))


def _number(claims, name):
    value = claims.get(name)
    # True is an int in Python, and 1e999 is a float that is no number.
    if isinstance(value, bool) or not isinstance(value, integer_types + (float,)) \
            or value != value or abs(value) > 2 ** 53:
        raise TokenError(name, 'expected a number as %s, got %s' % (name, shown(value)))
    return value


def _subject(claims):
    subject = claims.get('sub')
    if not isinstance(subject, text_type) or not 0 < len(subject) <= _MAX_SUBJECT \
            or not well_formed(subject):
        raise TokenError('sub', 'expected a subject of 1 to %d characters, got %s'
                         % (_MAX_SUBJECT, shown(subject)))


def _access_token_hash(header, claims, expected):
    """The at_hash, where there is one: section 3.1.3.6."""
    if 'at_hash' not in claims:
        return
    hash_function = _HASHES.get(header.get('alg', u'')[-3:])
    if expected.access_token is None or hash_function is None:
        raise TokenError('at_hash', 'expected an at_hash that can be checked, got one without '
                         'an access token or for the algorithm %s' % shown(header.get('alg')))
    digest = hash_function(to_bytes(expected.access_token)).digest()
    half = base64.urlsafe_b64encode(digest[:len(digest) // 2]).rstrip(b'=').decode('ascii')
    if claims['at_hash'] != half:
        raise TokenError('at_hash', 'expected the hash of the access token, got another')


def _authentication(claims, expected, now):
    """What was asked of the sign-in itself: section 3.1.2.1, max_age and acr_values."""
    if expected.max_age is not None:
        since = now - _number(claims, 'auth_time')
        if not -CLOCK_SKEW <= since <= expected.max_age + CLOCK_SKEW:
            raise TokenError('auth_time', 'expected a sign-in at the provider within %d s, got '
                             'one %d s ago' % (expected.max_age, since))
    if expected.acr_values and claims.get('acr') not in expected.acr_values:
        raise TokenError('acr', 'expected an authentication context of %s, got %s'
                         % (shown(expected.acr_values), shown(claims.get('acr'))))
