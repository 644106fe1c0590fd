# -*- coding: utf-8 -*-
"""The tests' own signatures, proven with nothing but the library of cryptography."""
import base64
import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from support.jws import (CURVES, b64url, b64url_decode, half_hash, make_jws, new_key, public_pem,
                         read_jws)


def verify(token, key):
    """Raise InvalidSignature unless the token bears key's signature."""
    message, _, signature = token.rpartition('.')
    message, signature = message.encode('ascii'), b64url_decode(signature)
    public = serialization.load_pem_public_key(public_pem(key), backend=default_backend())
    sha = getattr(hashes, 'SHA' + key.alg[2:])()
    if key.alg in CURVES:
        half = len(signature) // 2
        r, s = [int(base64.b16encode(part), 16) for part in (signature[:half], signature[half:])]
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(sha))
    elif key.alg.startswith('PS'):
        public.verify(signature, message, padding.PSS(padding.MGF1(sha), sha.digest_size), sha)
    else:
        public.verify(signature, message, padding.PKCS1v15(), sha)


@pytest.mark.parametrize('alg', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
                                 'ES256', 'ES384', 'ES512'])
def test_every_algorithm_signs_what_its_public_key_verifies(alg):
    key = new_key('k', alg)
    token = make_jws({'alg': alg}, {'sub': u'ž'}, key)
    assert read_jws(token) == ({'alg': alg}, {'sub': u'ž'})
    verify(token, key)
    with pytest.raises(InvalidSignature):
        verify(token, new_key('k', alg, number=1))


@pytest.mark.parametrize('alg, size', [('ES256', 32), ('ES384', 48), ('ES512', 66)])
def test_ec_signatures_and_coordinates_have_full_length(alg, size):
    key = new_key('k', alg)
    jwk = key.jwk()
    assert len(key.sign(b'')) == 2 * size
    assert [len(b64url_decode(jwk[name])) for name in 'xy'] == [size, size]
    numbers = key.private.public_key().public_numbers()
    assert int(base64.b16encode(b64url_decode(jwk['x'])), 16) == numbers.x
    assert (jwk['kty'], jwk['crv'], jwk['kid']) == ('EC', CURVES[alg][0], 'k')


def test_an_rsa_jwk_holds_the_public_numbers_only():
    key = new_key(None, 'PS256')
    jwk = key.jwk()
    assert sorted(jwk) == ['alg', 'e', 'kty', 'n', 'use'] and jwk['e'] == 'AQAB'
    numbers = key.private.public_key().public_numbers()
    assert int(base64.b16encode(b64url_decode(jwk['n'])), 16) == numbers.n


@pytest.mark.parametrize('alg, sha', [('HS256', hashlib.sha256), ('HS512', hashlib.sha512)])
def test_hmac_with_any_key_such_as_a_public_one(alg, sha):
    pem = public_pem(new_key('k'))
    assert pem.startswith(b'-----BEGIN PUBLIC KEY-----')
    message, _, signature = make_jws({'alg': alg}, {}, pem).rpartition('.')
    assert b64url_decode(signature) == hmac.new(pem, message.encode('ascii'), sha).digest()


def test_alg_none_has_an_empty_signature():
    assert make_jws({'alg': 'none'}, {}) == 'eyJhbGciOiJub25lIn0.e30.'


def test_header_and_payload_can_be_any_bytes_and_the_header_may_lie():
    key = new_key('k')
    assert make_jws(b'{', b'\xff') == b64url(b'{') + '.' + b64url(b'\xff') + '.'
    assert read_jws(make_jws({'alg': 'ES256'}, [1], key)) == ({'alg': 'ES256'}, [1])
    verify(make_jws({'alg': 'ES256'}, [1], key), key)


def test_at_hash_is_the_half_hash_of_the_specification():
    # The example of OpenID Connect Core 1.0, appendix A.3.
    assert half_hash('RS256', u'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y') == \
        '77QmUPtjPfzWtF2AnpK9RQ'
