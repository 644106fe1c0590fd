"""Which token, key and algorithm may meet: beyond the table of hostile tokens."""
import json

import pytest

from support.jws import b64url, b64url_decode, make_jws, new_key, public_pem
from trac_unit.errors import TokenError, TracUnitError, UnknownKey
from trac_unit.oidc.provider.signatures import MAX_TOKEN, claims_of_verified, verify

RSA, OTHER, THIRD = [new_key('key-%d' % number, number=number) for number in (1, 2, 3)]
CURVE = new_key('key-ec', 'ES256')

# RFC 7515 appendix A.3: not made by this test's own tools.
RFC_KEY = {'kty': u'EC', 'crv': u'P-256', 'x': u'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
           'y': u'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'}
RFC_TOKEN = (
    u'eyJhbGciOiJFUzI1NiJ9.'
    u'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt'
    u'cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.'
    u'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA'
    u'pmWQxfKTUJqPP3-Kg6NU1Q')


def check(header, keys, key=RSA, algorithms=('RS256',)):
    token = make_jws(dict({'alg': key.alg}, **header), {'sub': 'alice'}, key)
    return verify(token, keys, algorithms)


def without(key, *names):
    return dict((name, value) for name, value in key.jwk().items() if name not in names)


def test_the_example_of_the_standard():
    header, claims = verify(RFC_TOKEN, [RFC_KEY], ('ES256',))
    assert header == {'alg': 'ES256'}
    assert claims == {'iss': 'joe', 'exp': 1300819380, 'http://example.com/is_root': True}


def test_the_header_and_the_claims_come_back_as_they_were():
    header, claims = check({'kid': 'key-1', 'typ': 'JWT'}, [RSA.jwk()])
    assert header == {'alg': 'RS256', 'kid': 'key-1', 'typ': 'JWT'}
    assert claims == {'sub': 'alice'}


CHOICES = [
    ('one key without kid', {}, [without(RSA, 'kid')], None),
    ('one key, no kid in the token', {}, [RSA.jwk()], None),
    ('several, no kid in the token', {}, [OTHER.jwk(), THIRD.jwk(), RSA.jwk()], None),
    ('several without kid', {}, [without(OTHER, 'kid'), without(RSA, 'kid')], None),
    ('of one kid the second', {'kid': 'key-1'}, [dict(OTHER.jwk(), kid='key-1'), RSA.jwk()], None),
    ('without use and alg', {'kid': 'key-1'}, [without(RSA, 'use', 'alg')], None),
    ('key_ops verify', {'kid': 'key-1'}, [dict(without(RSA, 'use'), key_ops=['verify'])], None),
    ('kid that is empty', {'kid': ''}, [OTHER.jwk(), dict(RSA.jwk(), kid='')], None),
    ('kid null as none', {'kid': None}, [OTHER.jwk(), RSA.jwk()], None),
    ('an encryption key of the same kid', {'kid': 'key-1'},
     [dict(OTHER.jwk(), kid='key-1', use='enc'), RSA.jwk()], None),
    ('no kid and keys for other things', {},
     [dict(RSA.jwk(), use='enc'), dict(RSA.jwk(), alg='RS512'), dict(RSA.jwk(), alg=None),
      dict(RSA.jwk(), use=None), dict(RSA.jwk(), key_ops=['sign'])], UnknownKey),
    ('kid of a key for another algorithm', {'kid': 'key-1'}, [dict(RSA.jwk(), alg='PS256')],
     UnknownKey),
    ('not even a key', {}, [], UnknownKey),
    ('kid of none', {'kid': 'key-9'}, [RSA.jwk()], UnknownKey),
    ('kid but the key has none', {'kid': 'key-1'}, [without(RSA, 'kid')], UnknownKey),
    ('no kid and none fits', {}, [OTHER.jwk(), THIRD.jwk()], UnknownKey),
    ('another type', {'kid': 'key-1'}, [dict(CURVE.jwk(), kid='key-1')], UnknownKey),
    ('kid right, key wrong', {'kid': 'key-1'}, [dict(OTHER.jwk(), kid='key-1')], TokenError),
]


@pytest.mark.parametrize('header, keys, error', [row[1:] for row in CHOICES],
                         ids=[row[0].replace(' ', '-') for row in CHOICES])
def test_which_key_is_tried(header, keys, error):
    if error is None:
        assert check(header, keys)[1] == {'sub': 'alice'}
    else:
        with pytest.raises(TokenError) as caught:
            check(header, keys)
        # UnknownKey, and no other, has the keys fetched again.
        assert type(caught.value) is error


def test_the_callers_keys_are_left_as_they_were():
    keys = [RSA.jwk(), None, {'kty': 'oct'}]
    before = json.dumps(keys)
    check({}, keys)
    assert json.dumps(keys) == before


@pytest.mark.parametrize('algorithms', [(), ('RS384',), ('ES256',), ('HS256',), ('none',)])
def test_only_the_allowed_algorithms_are(algorithms):
    with pytest.raises(TokenError) as caught:
        check({'kid': 'key-1'}, [RSA.jwk()], algorithms=algorithms)
    assert caught.value.reason == 'alg'


@pytest.mark.parametrize('alg, key', [
    ('none', None), ('HS256', public_pem(RSA)), ('HS256', b''), ('HS512', b'secret')],
    ids=['none', 'the public key as a secret', 'an empty secret', 'another secret'])
@pytest.mark.parametrize('jwk', [
    {}, {'kid': 'key-1'}, {'kty': None}, {'kty': 'oct', 'k': b64url(public_pem(RSA))},
    {'kty': 'oct', 'k': b64url(b'secret')}, {'kty': 'oct', 'k': ''}, RSA.jwk()])
def test_neither_no_signature_nor_a_shared_secret_is_one_even_if_it_is_allowed(alg, key, jwk):
    token = make_jws({'alg': alg}, {'sub': 'mallory'}, key)
    with pytest.raises(TokenError) as caught:
        verify(token, [jwk], ('none', 'HS256', 'HS512'))
    assert caught.value.reason == 'alg'


BRINGS_ITS_KEY = [
    ('jwk', RSA.jwk()), ('jwk', OTHER.jwk()), ('jwk', None), ('jku', 'https://evil.example/jwks'),
    ('jku', ''), ('x5u', 'https://evil.example/x5u'), ('crit', ['exp']), ('crit', ['b64']),
    ('crit', []), ('crit', None), ('b64', False), ('b64', True), ('zip', 'DEF'),
    ('enc', 'A256GCM')]


@pytest.mark.parametrize('name, value', BRINGS_ITS_KEY)
def test_a_header_that_brings_a_key_or_rules_of_its_own_is_refused(name, value):
    with pytest.raises(TokenError) as caught:
        check({'kid': 'key-1', name: value}, [RSA.jwk()])
    assert caught.value.reason == 'header'
    assert name in str(caught.value) and 'evil' not in str(caught.value)


@pytest.mark.parametrize('name', ['x5c', 'x5t', 'x5t#S256', 'cty', 'typ', 'iss', 'new'])
@pytest.mark.parametrize('value', ['text', '', None, 1, ['MII'], {'a': 1}])
def test_what_else_a_header_says_is_all_the_same_to_both_libraries(name, value):
    assert check({'kid': 'key-1', name: value}, [RSA.jwk()])[0][name] == value
    with pytest.raises(TokenError) as caught:
        check({'kid': 'key-1', name: value}, [RSA.jwk()], key=OTHER)
    assert caught.value.reason == 'signature'


@pytest.mark.parametrize('part', [0, 1])
def test_a_signature_is_for_this_very_header_and_these_claims(part):
    parts = make_jws({'alg': 'RS256'}, {'sub': 'alice'}, RSA).split('.')
    parts[part] = b64url(b64url_decode(parts[part]) + b' ')
    with pytest.raises(TokenError) as caught:
        verify('.'.join(parts), [RSA.jwk()], ('RS256',))
    assert caught.value.reason == 'signature'


@pytest.mark.parametrize('alg', ['RS256', 'RS512', 'PS256', 'ES256'])
def test_a_signature_by_another_algorithm_of_the_same_key_is_none(alg):
    for other in {'RS256', 'RS512', 'PS256'} - {alg}:
        token = make_jws({'alg': alg}, {}, new_key(None, other))
        keys = [without(new_key(None, kind), 'alg') for kind in ('RS256', 'ES256')]
        with pytest.raises(UnknownKey) as caught:
            verify(token, keys, ('RS256', 'RS512', 'PS256', 'ES256'))
        assert caught.value.reason == 'signature'


def test_the_claims_of_a_token_that_was_kept_are_read_without_its_key():
    token = make_jws({'alg': 'RS256', 'kid': 'gone'}, {'sub': 'alice'}, RSA)
    assert claims_of_verified(token) == {'sub': 'alice'}


@pytest.mark.parametrize('token', [None, u'', u'..', u'a.b.c', u'e30.W10.', b'e30.e30.',
                                   u'e30.e30', u'x' * (MAX_TOKEN + 1)])
def test_what_was_kept_but_is_no_token_is_a_token_error(token):
    with pytest.raises(TokenError):
        claims_of_verified(token)


@pytest.mark.parametrize('size', [2049, 4096, 500000])
def test_an_rsa_key_of_absurd_size_is_not_computed_with(size):
    key = dict(RSA.jwk(), n=b64url(b'\xff' * size))
    with pytest.raises(UnknownKey) as caught:
        check({'kid': 'key-1'}, [key])
    assert caught.value.reason == 'key_unknown'


@pytest.mark.parametrize('size', [64, 128, 255])
@pytest.mark.parametrize('padding', [0, 256])
def test_an_rsa_key_has_2048_bits_at_least(size, padding):
    modulus = b'\0' * padding + b64url_decode(RSA.jwk()['n'])[:size]
    with pytest.raises(TokenError) as caught:
        check({'kid': 'key-1'}, [dict(RSA.jwk(), n=b64url(modulus))])
    assert caught.value.reason == 'key_unknown'


def test_16_kib_are_read_and_a_byte_more_is_not():
    def sized(size):
        token = make_jws({'alg': 'RS256'}, {'sub': 'alice', 'x': ''}, RSA)
        padding = (size - len(token)) * 3 // 4 - 3
        while True:
            token = make_jws({'alg': 'RS256'}, {'sub': 'alice', 'x': 'x' * padding}, RSA)
            if len(token) >= size:
                return token
            padding += 1
    token = sized(MAX_TOKEN)
    assert len(token) in (MAX_TOKEN, MAX_TOKEN + 1)
    if len(token) == MAX_TOKEN:
        assert verify(token, [RSA.jwk()], ('RS256',))[1]['sub'] == 'alice'
    with pytest.raises(TokenError) as caught:
        verify(sized(MAX_TOKEN + 2), [RSA.jwk()], ('RS256',))
    assert caught.value.reason == 'token_size'


TOKENS = [None, b'a.b.c', 1, [], {}, u'', u'.', u'..', u'...', u'a', u'\u017e.\u017e.\u017e',
          u'e30.e30.', u'e30.e30.e30', u'bnVsbA.bnVsbA.', u'IiI.IiI.', u'MQ.MQ.MQ', u'\ud800..',
          u' e30.e30.e30', u'e30.e30.e30\n', u'e30\n.e30.e30', u'e30 .e30.e30', u'e.e.e', u'=.=.=']


@pytest.mark.parametrize('token', TOKENS, ids=[str(number) for number in range(len(TOKENS))])
def test_anything_else_is_a_token_error(token):
    with pytest.raises(TokenError):
        verify(token, [RSA.jwk(), CURVE.jwk()], ('RS256', 'ES256'))


STRANGE = [None, 0, 1.5, True, u'', u'x', [], [u'RSA'], {}, {u'a': 1}, u'\ud800', u'\0', 10 ** 400]


@pytest.mark.parametrize('name', ['kty', 'use', 'alg', 'kid', 'key_ops', 'n', 'e', 'crv', 'x',
                                  'y', 'd', 'p', 'q', 'k', 'x5c', 'x5u', 'oth', 'ext', 'iat'])
def test_no_member_of_a_key_makes_another_error(name):
    for value in STRANGE:
        for key in (RSA, CURVE):
            header = {} if name == 'kid' else {'kid': key.kid}
            try:
                check(header, [dict(key.jwk(), **{name: value})], key, ('RS256', 'ES256'))
            except TracUnitError:
                pass


@pytest.mark.parametrize('name', ['alg', 'kid', 'typ', 'cty', 'jwk', 'jku', 'x5u', 'x5c', 'x5t',
                                  'x5t#S256', 'crit', 'zip', 'enc', 'b64', 'p2c', 'epk', 'iss'])
def test_no_member_of_a_header_makes_another_error(name):
    for value in STRANGE:
        try:
            check({name: value}, [RSA.jwk()])
        except TracUnitError:
            pass


def test_a_private_key_in_the_set_is_used_as_a_public_one():
    numbers = RSA.private.private_numbers()
    key = dict(RSA.jwk(), d=b64url(bytes(bytearray.fromhex('%0512x' % numbers.d))))
    assert check({'kid': 'key-1'}, [key])[1] == {'sub': 'alice'}
