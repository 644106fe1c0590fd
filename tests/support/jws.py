"""Keys and signatures for the tests' own OpenID provider.

They are made with the primitives of `cryptography` alone, never with a library under test, so
that a test can put any header over any payload under any signature.
"""
import base64
import binascii
import hashlib
import hmac
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature, encode_dss_signature)

HASHES = {'256': hashes.SHA256, '384': hashes.SHA384, '512': hashes.SHA512}
CURVES = {'ES256': (u'P-256', ec.SECP256R1),
          'ES384': (u'P-384', ec.SECP384R1),
          'ES512': (u'P-521', ec.SECP521R1)}

# An RSA key takes a tenth of a second to make, so all providers of a test run share a few.
_private_keys = {}


def b64url(data):
    """bytes -> text, in base64url without padding: RFC 7515 section 2."""
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode('ascii')


def b64url_decode(text):
    """text -> bytes, the inverse of b64url."""
    return base64.urlsafe_b64decode((text + '=' * (-len(text) % 4)).encode('ascii'))


def digest(alg, data):
    """The hash that belongs to a JWA algorithm name (RFC 7518 section 3.1), of bytes."""
    return hashlib.new('sha' + alg[2:], data).digest()


def half_hash(alg, text):
    """The value of at_hash for an access token: OpenID Connect Core 1.0 section 3.1.3.6."""
    whole = digest(alg, text.encode('ascii'))
    return b64url(whole[:len(whole) // 2])


def make_jws(header, payload, key=None):
    """A compact JWS (RFC 7515 section 7.1) as text; nothing is checked or made consistent.

    header and payload: bytes are taken as they are, anything else is written as JSON.
    key: a Key signs by its own algorithm, whatever the header says; bytes are an HMAC secret, with
    the hash of the header's `alg`; None leaves the signature empty, as `alg: none` does.
    """
    message = u'%s.%s' % (b64url(_json_bytes(header)), b64url(_json_bytes(payload)))
    signature = _signature(header, message.encode('ascii'), key)
    return u'%s.%s' % (message, b64url(signature))


def read_jws(token):
    """(header, payload) of a compact JWS, verifying nothing."""
    header, payload = token.split('.')[:2]
    return tuple(json.loads(b64url_decode(part).decode('utf-8')) for part in (header, payload))


def is_signed(token, key):
    """Whether a compact JWS is signed by a Key, by its own algorithm; bytes are an HMAC secret."""
    message, _, signature = token.rpartition('.')
    if isinstance(key, bytes):
        key = Key(None, 'HS256', key)
    return key.verifies(message.encode('ascii'), b64url_decode(signature))


def new_key(kid, alg='RS256', number=0):
    """A Key for an RS*, PS* or ES* algorithm; the same number means the same key material."""
    kind = alg if alg in CURVES else 'RSA'
    if (kind, number) not in _private_keys:
        _private_keys[kind, number] = _generate(kind)
    return Key(kid, alg, _private_keys[kind, number])


def public_pem(key):
    """The public half of a Key as PEM bytes: the "secret" of the HS256 confusion attack."""
    return key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Key(object):
    """A key that signs.

    kid: the key id, or None for a key without one.
    alg: a JWA name of the RS, PS, ES or HS family (RFC 7518 section 3.1).
    private: an RSA or EC private key of `cryptography`, or bytes for HS.
    """

    def __init__(self, kid, alg, private):
        self.kid = kid
        self.alg = alg
        self.private = private

    def jwk(self):
        """The public JWK as a dict: RFC 7517 section 4, RFC 7518 section 6."""
        members = {'RS': self._rsa_members, 'PS': self._rsa_members, 'ES': self._ec_members}
        jwk = dict(members[self.alg[:2]](), use='sig', alg=self.alg)
        if self.kid is not None:
            jwk['kid'] = self.kid
        return jwk

    def sign(self, message):
        """The signature of message (bytes) in the form that a JWS carries: RFC 7518 section 3."""
        signers = {'RS': self._sign_pkcs1, 'PS': self._sign_pss,
                   'ES': self._sign_ecdsa, 'HS': self._sign_hmac}
        return signers[self.alg[:2]](message)

    def verifies(self, message, signature):
        """Whether the signature of message (bytes) is by this key, RS, ES or HS."""
        public = self.private if self.alg[:2] == 'HS' else self.private.public_key()
        try:
            if self.alg[:2] == 'HS':
                return hmac.compare_digest(self._sign_hmac(message), signature)
            if self.alg[:2] == 'RS':
                public.verify(signature, message, padding.PKCS1v15(), self._hash())
            else:
                half = self._coordinate_size()
                public.verify(encode_dss_signature(*[
                    int(binascii.hexlify(part), 16) for part in (
                        signature[:half], signature[half:])]), message, ec.ECDSA(self._hash()))
            return True
        except (InvalidSignature, ValueError):
            return False

    def thumbprint(self):
        """RFC 7638 section 3, with SHA-256."""
        jwk = self.jwk()
        names = ['crv', 'kty', 'x', 'y'] if jwk['kty'] == 'EC' else ['e', 'kty', 'n']
        text = '{%s}' % ','.join('"%s":"%s"' % (name, jwk[name]) for name in names)
        return b64url(hashlib.sha256(text.encode('ascii')).digest())

    def pem(self):
        """The private key in PKCS #8."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())

    def _hash(self):
        return HASHES[self.alg[2:]]()

    def _rsa_members(self):
        public = self.private.public_key().public_numbers()
        return {'kty': 'RSA', 'n': _b64url_int(public.n), 'e': _b64url_int(public.e)}

    def _ec_members(self):
        public = self.private.public_key().public_numbers()
        size = self._coordinate_size()
        return {'kty': 'EC', 'crv': CURVES[self.alg][0],
                'x': _b64url_int(public.x, size), 'y': _b64url_int(public.y, size)}

    def _sign_pkcs1(self, message):
        return self.private.sign(message, padding.PKCS1v15(), self._hash())

    def _sign_pss(self, message):
        scheme = padding.PSS(padding.MGF1(self._hash()), self._hash().digest_size)
        return self.private.sign(message, scheme, self._hash())

    def _sign_ecdsa(self, message):
        # A JWS holds r and s at full length, side by side: RFC 7518 section 3.4.
        size = self._coordinate_size()
        pair = decode_dss_signature(self.private.sign(message, ec.ECDSA(self._hash())))
        return b''.join(_int_bytes(number, size) for number in pair)

    def _sign_hmac(self, message):
        return hmac.new(self.private, message, getattr(hashlib, 'sha' + self.alg[2:])).digest()

    def _coordinate_size(self):
        return (self.private.curve.key_size + 7) // 8


def _json_bytes(value):
    if isinstance(value, bytes):
        return value
    return json.dumps(value, separators=(',', ':')).encode('ascii')


def _signature(header, message, key):
    if key is None:
        return b''
    if isinstance(key, bytes):
        key = Key(None, header['alg'], key)
    return key.sign(message)


def _generate(kind):
    if kind == 'RSA':
        return rsa.generate_private_key(65537, 2048, backend=default_backend())
    return ec.generate_private_key(CURVES[kind][1](), backend=default_backend())


def _int_bytes(number, size):
    return binascii.unhexlify(('%x' % number).zfill(2 * size))


def _b64url_int(number, size=None):
    return b64url(_int_bytes(number, size or (number.bit_length() + 7) // 8))
