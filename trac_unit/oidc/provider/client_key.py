"""The private key by which this client proves who it is, and its certificate."""

import base64
import hashlib
import io
import json

from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..._compat import native, to_bytes
from ...errors import ConfigurationError, Problem, shown
from . import signatures

#: NIST SP 800-57 part 1: shorter RSA keys have been too weak since 2014.
MIN_RSA_BITS = 2048

_KEY, _CERTIFICATE = 'TRAC_OIDC_CLIENT_KEY_FILE', 'TRAC_OIDC_CLIENT_CERT_FILE'
_MAX_FILE = 65536
_CURVES = {'secp256r1': 'P-256', 'secp384r1': 'P-384', 'secp521r1': 'P-521'}


def read_file(path):
    """Return the bytes of the file at `path`, 64 KiB at most."""
    with io.open(path, 'rb') as file:
        return file.read(_MAX_FILE)


def open_key(key_file, certificate_file=None, signs=True, read_file=read_file):
    """Return the :class:`ClientKey` that is in one PEM file, or two.

    :param key_file: the path of the private key, without a passphrase
    :param certificate_file: the path of its certificate, or None
    :param signs: whether the key makes signatures (``private_key_jwt``), for
        which RS256 and ES256 are there; else any that TLS takes will do
    :raises ConfigurationError: with a problem for each file that is no good
    """
    problems = []
    private = _looked_at(problems, _KEY, key_file, read_file, _private_key, signs)
    certificate = None
    if certificate_file is not None:
        certificate = _looked_at(problems, _CERTIFICATE, certificate_file, read_file, _certificate)
        if private and certificate and _public_bytes(private) != _public_bytes(certificate):
            problems.append(Problem(_CERTIFICATE, 'the certificate of the key in ' + _KEY,
                                    'that of another key'))
    if problems:
        raise ConfigurationError(problems)
    return ClientKey(private, certificate)


def problems(parsed):
    """Return what is wrong with the files that the settings name, :class:`Problem` objects.

    :param parsed: the parsed settings by their variables
    """
    if parsed[_KEY] is None:
        return []
    try:
        open_key(parsed[_KEY], parsed[_CERTIFICATE],
                 parsed['TRAC_OIDC_CLIENT_AUTH'] == 'private_key_jwt')
    except ConfigurationError as e:
        return e.problems
    return []


def of_config(config):
    """Return the :class:`ClientKey` that the settings name, or None.

    :param config: a :class:`~trac_unit.settings.config.Config`
    :raises ConfigurationError: as :func:`open_key`
    """
    if config.oidc_client_key_file is None:
        return None
    return open_key(config.oidc_client_key_file, config.oidc_client_cert_file,
                    config.oidc_client_auth == 'private_key_jwt')


class ClientKey(object):
    """A private key that signs, RSA or EC; see :func:`open_key`.

    :param private: a private key of cryptography
    :param certificate: its certificate, or None
    """

    def __init__(self, private, certificate=None):
        self._private = private
        self.certificate = certificate
        #: what it signs with (RFC 7518 section 3.1)
        self.algorithm = 'RS256' if isinstance(private, rsa.RSAPrivateKey) else 'ES256'

    def __repr__(self):
        return '<ClientKey %s>' % self.kid

    @property
    def kid(self):
        """The SHA-256 thumbprint of the public key (RFC 7638 section 3)."""
        members = json.dumps(self.jwk(), sort_keys=True, separators=(',', ':'))
        return _base64url(hashlib.sha256(to_bytes(members)).digest())

    def jwk(self):
        """Return the public key as a JWK of its required members (RFC 7518 section 6)."""
        public = self._private.public_key().public_numbers()
        if isinstance(self._private, rsa.RSAPrivateKey):
            return {'kty': 'RSA', 'n': _number(public.n), 'e': _number(public.e)}
        size = (self._private.curve.key_size + 7) // 8
        return {'kty': 'EC', 'crv': _CURVES[self._private.curve.name],
                'x': _number(public.x, size), 'y': _number(public.y, size)}

    def sign(self, claims):
        """Return a JWT of `claims`, a native ``str``.

        Its header tells the key by everything that a provider may know it by:
        ``kid``, and the thumbprints of the certificate (RFC 7515 section 4.1).
        """
        header = {'typ': 'JWT', 'kid': self.kid}
        if self.certificate is not None:
            # SHA-1 is what x5t is; it names the certificate, and protects nothing.
            header['x5t'] = _base64url(self.certificate.fingerprint(hashes.SHA1()))
            header['x5t#S256'] = _base64url(self.certificate.fingerprint(hashes.SHA256()))
        pem = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())
        return signatures.sign(claims, pem, self.algorithm, header)


def _looked_at(problems, variable, path, read_file, judge, *arguments):
    """Return what `judge` makes of a file, or None, with what is wrong in `problems`."""
    try:
        return judge(read_file(path), *arguments)
    except EnvironmentError as e:
        problems.append(Problem(variable, 'a readable file', '%s (%s)' % (
            shown(path), e.strerror or type(e).__name__)))
    except _Unfit as e:
        problems.append(Problem(variable, e.expected, '%s, which %s' % (shown(path), e.found)))


class _Unfit(Exception):
    def __init__(self, expected, found):
        Exception.__init__(self, expected)
        self.expected = expected
        self.found = found


def _private_key(pem, signs):
    try:
        key = serialization.load_pem_private_key(pem, None, default_backend())
    except TypeError:
        raise _Unfit('a private key without a passphrase', 'is encrypted')
    except Exception:  # a strange key makes the library raise nearly anything
        # Nothing of the cause: its text can quote the file.
        raise _Unfit('a private key in PEM', 'holds none that can be read')
    curves = ('P-256',) if signs else ('P-256', 'P-384', 'P-521')
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < MIN_RSA_BITS:
            raise _Unfit('an RSA key of at least %d bits' % MIN_RSA_BITS,
                         'has one of %d' % key.key_size)
    elif not isinstance(key, ec.EllipticCurvePrivateKey) or \
            _CURVES.get(key.curve.name) not in curves:
        raise _Unfit('an RSA key, or one of the curve ' + ' or '.join(curves),
                     'holds another kind')
    return key


def _certificate(pem):
    try:
        certificate = x509.load_pem_x509_certificate(pem, default_backend())
        _public_bytes(certificate)
    except Exception:  # as with a key
        raise _Unfit('a certificate in PEM', 'holds none that can be read')
    return certificate


def _public_bytes(owner):
    return owner.public_key().public_bytes(serialization.Encoding.DER,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)


def _number(number, size=None):
    """An integer in base64url (RFC 7518 section 2), of `size` bytes for a coordinate."""
    size = size or (number.bit_length() + 7) // 8
    return _base64url(bytes(bytearray(number >> 8 * place & 255
                                      for place in range(size - 1, -1, -1))))


def _base64url(data):
    return native(base64.urlsafe_b64encode(data).rstrip(b'='))
