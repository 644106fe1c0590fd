"""The rules for the claims of an ID token: of a sign-in, and of a refresh.

Pure: the signature has been verified and the clock is a parameter.
"""

import base64
import hashlib

from ..._compat import text_type, to_bytes
from ...errors import TokenError, shown
from .registered_claims import (CLOCK_SKEW, check_audience, check_issuer, check_subject,
                                check_times, check_type, number)

#: Seconds since an ID token was issued, at most.  One that answers a sign-in is
#: minutes old; this only keeps out what cannot be right.
MAX_AGE = 86400

_HASHES = {u'256': hashlib.sha256, u'384': hashlib.sha384, u'512': hashlib.sha512}


class Expectation(object):
    """What the ID token of one sign-in must say.

    :param issuer: the issuer identifier
    :param client_id: this relying party
    :param nonce: what the authorization request sent; None for a refresh
    :param access_token: the access token that came with it, or None
    :param max_age: seconds since the person signed in at the provider, at most;
        None: not asked
    :param acr_values: the authentication contexts that were asked for
    """

    def __init__(self, issuer, client_id, nonce=None, access_token=None, max_age=None,
                 acr_values=()):
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
    _check_always(header, claims, expected, now)
    if not expected.nonce or claims.get('nonce') != expected.nonce:
        # Its value stays out of the log: it is as good as a token.
        raise TokenError('nonce', 'expected the nonce of this sign-in, got another')
    _check_age(claims, expected, now)


def validate_refreshed(header, claims, original, expected, now):
    """Return nothing if the claims are right after a refresh: Core 1.0 section 12.2.

    They speak of the sign-in that there was, so neither its nonce nor its age is
    asked for again.

    :param header: the JOSE header, a dict; its algorithm has been allowed
    :param claims: the claims, a dict
    :param original: the claims of the ID token that the sign-in ended with, a dict
    :param expected: an :class:`Expectation`; its nonce and max_age do not count
    :param now: seconds since the epoch
    :raises TokenError: with the claim's name as the reason
    """
    _check_always(header, claims, expected, now)
    for name in ('iss', 'sub', 'azp'):
        if claims.get(name) != original.get(name):
            raise TokenError(name, 'expected %s as at the sign-in, %s, got %s' % (
                name, shown(original.get(name)), shown(claims.get(name))))
    # Not older than the sign-in: that would be a token from before it.
    if claims['iat'] < number(original, 'iat') - CLOCK_SKEW:
        raise TokenError('iat', 'expected an issue time after the sign-in\'s, %s, got %s'
                         % (shown(original['iat']), shown(claims['iat'])))
    if 'nonce' in claims and (not original.get('nonce') or claims['nonce'] != original['nonce']):
        raise TokenError('nonce', 'expected the nonce of the sign-in or none, got another')
    if 'auth_time' in claims and claims['auth_time'] != original.get(
            'auth_time', claims['auth_time']):
        _check_later_sign_in(claims, original, now)


def _check_later_sign_in(claims, original, now):
    """The time of another sign-in than ours is all right if it is a later one."""
    # It must be that of ours, but many providers tell the time of the refresh, or of a sign-in
    # elsewhere that renewed their session; the person is no less sure for it.
    if not number(original, 'auth_time') <= number(claims, 'auth_time') <= now + CLOCK_SKEW:
        raise TokenError('auth_time', 'expected the time of the sign-in at the provider, %s, or '
                         'of a later one, got %s'
                         % (shown(original['auth_time']), shown(claims['auth_time'])))


def _check_always(header, claims, expected, now):
    check_type(header)
    check_issuer(claims, expected.issuer)
    check_audience(claims, expected.client_id)
    check_times(claims, now, MAX_AGE)
    check_subject(claims)
    _check_access_token_hash(header, claims, expected)
    _check_context(claims, expected)


def _check_access_token_hash(header, claims, expected):
    """The at_hash, where there is one: section 3.1.3.6."""
    if 'at_hash' not in claims:
        return
    algorithm = header.get('alg')
    hash_function = _HASHES.get(algorithm[-3:]) if isinstance(algorithm, text_type) else None
    if expected.access_token is None or hash_function is None:
        raise TokenError('at_hash', 'expected an at_hash that can be checked, got one without '
                         'an access token or for the algorithm %s' % shown(algorithm))
    digest = hash_function(to_bytes(expected.access_token)).digest()
    half = base64.urlsafe_b64encode(digest[:len(digest) // 2]).rstrip(b'=').decode('ascii')
    if claims['at_hash'] != half:
        raise TokenError('at_hash', 'expected the hash of the access token, got another')


def _check_context(claims, expected):
    """How the person was authenticated, where that was asked: section 3.1.2.1, acr_values."""
    if expected.acr_values and claims.get('acr') not in expected.acr_values:
        raise TokenError('acr', 'expected an authentication context of %s, got %s'
                         % (shown(expected.acr_values), shown(claims.get('acr'))))


def _check_age(claims, expected, now):
    """When the person was authenticated, where that was asked: section 3.1.2.1, max_age."""
    if expected.max_age is not None:
        since = now - number(claims, 'auth_time')
        if not -CLOCK_SKEW <= since <= expected.max_age + CLOCK_SKEW:
            raise TokenError('auth_time', 'expected a sign-in at the provider within %d s, got '
                             'one %d s ago' % (expected.max_age, since))
