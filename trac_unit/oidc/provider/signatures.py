"""Signatures: the only importer of joserfc (Python 3) and authlib.jose (2.7).

The library computes the signature; which token, which key and which algorithm
may meet is decided here, since the libraries decide it differently.
"""

import base64
import binascii
import json
import re

from ..._compat import PY2, native, text_type, to_bytes
from ...errors import TokenError, UnknownKey, shown
from ..rules.strict_json import load_object

if PY2:
    from authlib.jose import JsonWebKey, JsonWebSignature

    def _signature_fits(token, jwk, algorithm):
        key = JsonWebKey.import_key(jwk)
        JsonWebSignature(algorithms=[algorithm]).deserialize_compact(token, key)

    def _signature(header, payload, key):
        return JsonWebSignature(algorithms=[header['alg']]).serialize_compact(header, payload, key)
else:
    from joserfc import jwk as _jwk
    from joserfc import jws as _jws

    class _Registry(_jws.JWSRegistry):
        # The length of the whole token is capped below.
        max_header_length = max_payload_length = max_signature_length = 16384

        def check_header(self, header):
            pass  # judged below, for both libraries alike

    def _signature_fits(token, jwk, algorithm):
        key = _jwk.import_key(jwk)
        registry = _Registry(algorithms=[algorithm])
        _jws.deserialize_compact(token, key, registry=registry)

    def _signature(header, payload, key):
        kind = {'RS': 'RSA', 'ES': 'EC', 'HS': 'oct'}[header['alg'][:2]]
        return _jws.serialize_compact(header, payload, _jwk.import_key(key, kind),
                                      algorithms=[header['alg']])

#: Bytes; a token beyond it is refused unread (CVE-2025-61920).
MAX_TOKEN = 16384

# RFC 7518 section 3.1: the key type of each family, and of each curve the algorithm.
_FAMILIES = {'RS': 'RSA', 'PS': 'RSA', 'ES': 'EC'}
_CURVES = {'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512'}
# A longer modulus is refused by OpenSSL too, but only after it was computed with.
_MIN_RSA_BYTES, _MAX_RSA_BYTES = 256, 2048
# Each would let the token bring its own key, or rules that we do not know (RFC 7515 section 4.1,
# RFC 7797).  Certificates (x5c, x5t) are ignored: the key is one of the provider's set anyhow.
_REFUSED_HEADERS = ('jwk', 'jku', 'x5u', 'crit', 'b64', 'zip', 'enc')
_BASE64URL = re.compile(br'^[A-Za-z0-9_-]*\Z')


def verify(token, keys, algorithms):
    """Return the header and the claims of `token`, both dicts, once its signature is verified.

    RFC 7515 section 5.2, with the key chosen by RFC 7517.

    :param token: a JWS in compact serialization, as text
    :param keys: the JWKs of the provider, a list of dicts
    :param algorithms: the names of the algorithms that are allowed
    :raises UnknownKey: no key fits, or the token names none and none of the
        fitting ones made its signature: fetching the keys again may help
    :raises TokenError: the token is malformed, its algorithm is not allowed,
        or its signature is not the key's
    """
    header, claims = _parse(token)
    algorithm = header.get('alg')
    # Neither "none" nor HMAC is of a family, whatever the caller allows.
    if algorithm not in tuple(algorithms) or algorithm[:2] not in _FAMILIES:
        raise TokenError('alg', 'expected one of the algorithms %s, got %s'
                         % (', '.join(algorithms), shown(algorithm)))
    for name in _REFUSED_HEADERS:
        if name in header:
            raise TokenError('header', 'expected a header without %s' % name)
    kid = header.get('kid')
    if kid is not None and not isinstance(kid, text_type):
        raise TokenError('header', 'expected text as kid, got %s' % shown(kid))
    fitting = [key for key in keys if _fits(key, algorithm)]
    if kid is not None:
        fitting = [key for key in fitting if key.get('kid') == kid]
    if not fitting:
        raise UnknownKey('key_unknown', 'expected a key for %s with kid %s, got the keys %s'
                         % (algorithm, shown(kid), shown([key.get('kid') for key in keys
                                                          if isinstance(key, dict)])))
    if not any(_signed(token, key, algorithm) for key in fitting):
        refusal = TokenError if kid is not None else UnknownKey
        raise refusal('signature', 'expected a signature by the key %s, got another'
                      % shown(kid))
    return header, claims


def claims_of_verified(token):
    """Return the claims of a token that :func:`verify` took before, unverified, as a dict.

    For an ID token that this server has kept, never for one that came in: its
    keys may be gone by now, and it was judged when they were there.

    :param token: a JWS in compact serialization, as text
    :raises TokenError: it is none
    """
    return _parse(token)[1]


def _parse(token):
    if not isinstance(token, text_type):
        raise TokenError('token_form', 'expected a token as text, got %s' % type(token).__name__)
    if len(token) > MAX_TOKEN:
        raise TokenError('token_size', 'expected a token of at most %d bytes, got %d'
                         % (MAX_TOKEN, len(token)))
    try:
        parts = token.encode('ascii').split(b'.')
        if len(parts) != 3:
            raise ValueError('expected three parts, got %d' % len(parts))
        header, claims, _ = [_decode(part) for part in parts]
        return load_object(header), load_object(claims)
    except (ValueError, binascii.Error, TypeError) as e:
        raise TokenError('token_form', 'expected a signed JWT, got a token that is none (%s)'
                         % type(e).__name__)


def _decode(part):
    if not _BASE64URL.match(part):  # Python's decoder skips what it does not know
        raise ValueError('expected base64url')
    return base64.urlsafe_b64decode(part + b'=' * (-len(part) % 4))


def _fits(key, algorithm):
    """Whether a JWK is meant for signatures by `algorithm` (RFC 7517 section 4)."""
    if not isinstance(key, dict) or key.get('kty') != _FAMILIES[algorithm[:2]]:
        return False
    if key.get('use', 'sig') != 'sig' or key.get('alg', algorithm) != algorithm:
        return False
    operations = key.get('key_ops', ['verify'])
    if not isinstance(operations, list) or 'verify' not in operations:
        return False
    if key['kty'] == 'EC':
        curve = key.get('crv')
        return isinstance(curve, text_type) and _CURVES.get(curve) == algorithm
    return _MIN_RSA_BYTES <= _modulus_length(key.get('n')) <= _MAX_RSA_BYTES


def _modulus_length(modulus):
    """Bytes of an RSA modulus: a short one is no protection, and the libraries differ."""
    if not isinstance(modulus, text_type):
        return 0
    try:
        return len(_decode(to_bytes(modulus)).lstrip(b'\0'))
    except (ValueError, binascii.Error, TypeError):
        return 0


def _signed(token, key, algorithm):
    public = dict((name, key[name]) for name in ('kty', 'n', 'e', 'crv', 'x', 'y') if name in key)
    try:
        _signature_fits(to_bytes(token), public, algorithm)
    except Exception:  # a malformed key makes the libraries raise nearly anything
        return False
    return True


def sign(claims, key, algorithm, header):
    """Return a JWT of `claims`, a native ``str``: RFC 7519 section 7.1.

    :param claims: a dict
    :param key: a private key in PEM, or for HS256 the shared secret: bytes
    :param algorithm: ``RS256``, ``ES256`` or ``HS256``; it has to fit the key
    :param header: what the JOSE header says besides, a dict
    """
    return native(_signature(dict(header, alg=algorithm), to_bytes(json.dumps(claims)), key))
