# -*- coding: utf-8 -*-
"""The private key of the client: what a file may hold, and what its signatures say."""
import base64
import binascii
import hashlib

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from support.jws import is_signed, new_key, read_jws
from support.scripted_server import make_certificate
from trac_unit.errors import ConfigurationError
from trac_unit.oidc.provider import client_key
from trac_unit.oidc.provider.client_key import open_key

RSA, EC, EC384 = new_key(None), new_key(None, 'ES256'), new_key(None, 'ES384')
KEY, CERTIFICATE = 'TRAC_OIDC_CLIENT_KEY_FILE', 'TRAC_OIDC_CLIENT_CERT_FILE'


def pem(private, password=None, form='PKCS8'):
    encryption = (serialization.BestAvailableEncryption(password) if password
                  else serialization.NoEncryption())
    return private.private_bytes(serialization.Encoding.PEM,
                                 getattr(serialization.PrivateFormat, form), encryption)


def small():
    return rsa.generate_private_key(65537, 1024, default_backend())


def public(private):
    return private.public_key().public_bytes(serialization.Encoding.PEM,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)


def opened(key_pem, certificate_pem=None, signs=True):
    """The key in files of that content; what is an exception cannot be read."""
    def read_file(path):
        content = {'/key': key_pem, '/cert': certificate_pem}[path]
        if isinstance(content, Exception):
            raise content
        return content
    return open_key('/key', None if certificate_pem is None else '/cert', signs, read_file)


def problems(*arguments, **options):
    with pytest.raises(ConfigurationError) as caught:
        opened(*arguments, **options)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize('key', [RSA, EC], ids=['RS256', 'ES256'])
def test_a_signature_is_the_keys_and_says_so(key):
    ours = opened(key.pem())
    token = ours.sign({'iss': 'trac', 'x': [1]})
    header, claims = read_jws(token)
    assert is_signed(token, key)
    assert claims == {'iss': 'trac', 'x': [1]}
    assert header == {'alg': key.alg, 'typ': 'JWT', 'kid': key.thumbprint()}
    assert type(token) is str


@pytest.mark.parametrize('key', [RSA, EC], ids=['RS256', 'ES256'])
def test_with_a_certificate_the_signature_tells_its_thumbprints(key):
    certificate = make_certificate(key.private, u'trac.example')
    header, _ = read_jws(opened(key.pem(), certificate).sign({}))
    der = binascii.a2b_base64(b''.join(certificate.splitlines()[1:-1]))
    for name, digest in (('x5t', hashlib.sha1), ('x5t#S256', hashlib.sha256)):
        assert base64.urlsafe_b64decode(str(header[name] + '==')) == digest(der).digest()
    assert header['kid'] == key.thumbprint()


def test_the_public_key_is_told_and_the_private_one_is_not():
    for key in (RSA, EC):
        jwk = key.jwk()
        assert opened(key.pem()).jwk() == dict(
            (name, jwk[name]) for name in jwk if name not in ('use', 'alg'))
        assert repr(opened(key.pem())) == '<ClientKey %s>' % key.thumbprint()


@pytest.mark.parametrize('content', [
    pem(RSA.private, form='TraditionalOpenSSL'), pem(EC.private, form='TraditionalOpenSSL'),
    b'Bag Attributes\n    friendlyName: x\n' + pem(RSA.private), pem(RSA.private) + b'\n\n',
    pem(RSA.private).replace(b'\n', b'\r\n'),
    pem(RSA.private) + make_certificate(RSA.private, u'trac.example')],
    ids=['PKCS 1', 'SEC 1', 'bag attributes', 'empty lines', 'CRLF', 'a certificate behind it'])
def test_a_key_may_be_written_in_several_ways(content):
    assert opened(content).algorithm in ('RS256', 'ES256')


def test_tls_takes_further_curves_and_signatures_do_not():
    assert opened(EC384.pem(), signs=False)
    problem, = problems(EC384.pem())
    assert problem == ("%s: expected an RSA key, or one of the curve P-256, found '/key', which "
                       'holds another kind' % KEY)


WRONG_KEYS = [
    ('nothing', b'', 'holds none that can be read'),
    ('text', b'hush-hush', 'holds none that can be read'),
    ('a certificate', make_certificate(RSA.private, u'a.example'), 'holds none that can be read'),
    ('a public key', public(RSA.private), 'holds none that can be read'),
    ('a key cut short', pem(RSA.private)[:500], 'holds none that can be read'),
    ('a key without its end', pem(RSA.private)[:-30], 'holds none that can be read'),
    ('junk between the lines', b'-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n',
     'holds none that can be read'),
    ('DER', base64.b64decode(b''.join(pem(RSA.private).splitlines()[1:-1])),
     'holds none that can be read'),
    ('64 KiB of zeros', b'\0' * 65536, 'holds none that can be read'),
    ('UTF-16', pem(RSA.private).decode('ascii').encode('utf-16'), 'holds none that can be read'),
    ('encrypted', pem(RSA.private, b'hush-hush'), 'is encrypted'),
    ('encrypted in the old way', pem(RSA.private, b'hush-hush', 'TraditionalOpenSSL'),
     'is encrypted'),
    ('RSA of 1024 bits', pem(small()),
     "expected an RSA key of at least 2048 bits, found '/key', which has one of 1024"),
    ('EC of another curve', pem(ec.generate_private_key(ec.SECP256K1(), default_backend())),
     'holds another kind'),
    ('DSA', pem(dsa.generate_private_key(2048, default_backend())), 'holds another kind'),
    ('no file', IOError(2, 'No such file or directory'), "'/key' (No such file or directory)"),
    ('no right to read', IOError(13, 'Permission denied'), "'/key' (Permission denied)"),
    ('a folder', IOError(21, 'Is a directory'), "'/key' (Is a directory)"),
]


@pytest.mark.parametrize('content, found', [row[1:] for row in WRONG_KEYS],
                         ids=[row[0].replace(' ', '-') for row in WRONG_KEYS])
def test_a_file_without_a_good_key_is_a_problem_that_shows_nothing_of_it(content, found):
    problem, = problems(content)
    assert problem.startswith(KEY + ': expected ') and found in problem
    assert len(problem) < 200 and 'hush' not in problem and 'BEGIN' not in problem


@pytest.mark.parametrize('error', [ValueError('hush'), NotImplementedError('hush'),
                                   UnsupportedAlgorithm('hush'), OverflowError('hush'),
                                   TypeError('hush')])
@pytest.mark.parametrize('owner, loads, variable', [
    (serialization, 'load_pem_private_key', KEY),
    (x509, 'load_pem_x509_certificate', CERTIFICATE)])
def test_whatever_the_library_raises_is_a_problem(owner, loads, variable, error, monkeypatch):
    # cryptography 3.3 raises NotImplementedError for a curve without a name.
    good = RSA.pem(), make_certificate(RSA.private, u'a.example')

    def load(*arguments):
        raise error
    monkeypatch.setattr(owner, loads, load)
    problem, = problems(*good)
    assert problem.startswith(variable + ': expected ') and 'hush' not in problem


WRONG_CERTIFICATES = [
    ('nothing', b'', 'holds none that can be read'),
    ('the key', pem(RSA.private), 'holds none that can be read'),
    ('junk', b'-----BEGIN CERTIFICATE-----\nhush\n-----END CERTIFICATE-----\n',
     'holds none that can be read'),
    ('of another RSA key', make_certificate(new_key(None, number=1).private, u'a.example'),
     'expected the certificate of the key in %s, found that of another key' % KEY),
    ('of an EC key', make_certificate(EC.private, u'a.example'), 'found that of another key'),
    ('no file', IOError(2, 'No such file or directory'), "'/cert' (No such file or directory)"),
]


@pytest.mark.parametrize('content, found', [row[1:] for row in WRONG_CERTIFICATES],
                         ids=[row[0].replace(' ', '-') for row in WRONG_CERTIFICATES])
@pytest.mark.parametrize('signs', [True, False])
def test_a_certificate_that_is_not_the_keys_is_a_problem(content, found, signs):
    problem, = problems(RSA.pem(), content, signs)
    assert problem.startswith(CERTIFICATE + ': expected ') and found in problem
    assert 'hush' not in problem


def test_two_wrong_files_are_two_problems():
    found = problems(b'', b'')
    assert [problem.split(':')[0] for problem in found] == [KEY, CERTIFICATE]


def test_files_are_read_from_the_disk(tmpdir):
    tmpdir.join('key').write_binary(RSA.pem())
    tmpdir.join('cert').write_binary(make_certificate(RSA.private, u'a.example'))
    ours = open_key(str(tmpdir.join('key')), str(tmpdir.join('cert')))
    assert ours.certificate is not None and ours.kid == RSA.thumbprint()
    with pytest.raises(ConfigurationError):
        open_key(str(tmpdir))
    with pytest.raises(ConfigurationError):
        open_key(str(tmpdir.join('nothing')))


def test_settings_without_a_key_have_no_problem_with_it(tmpdir):
    parsed = {KEY: None, CERTIFICATE: None, 'TRAC_OIDC_CLIENT_AUTH': 'none'}
    assert client_key.problems(parsed) == []
    tmpdir.join('key').write_binary(EC384.pem())
    parsed[KEY] = str(tmpdir.join('key'))
    assert client_key.problems(dict(parsed, TRAC_OIDC_CLIENT_AUTH='tls_client_auth')) == []
    problem, = client_key.problems(dict(parsed, TRAC_OIDC_CLIENT_AUTH='private_key_jwt'))
    assert problem.variable == KEY
