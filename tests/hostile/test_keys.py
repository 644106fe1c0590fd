# -*- coding: utf-8 -*-
"""A provider whose keys are odd: the right one is found, and no other will do."""
import pytest

from support.hostile import (MARK, MISSING, all_of, assert_refused, at, attacker, attempt, claims,
                             header, keys, refused, secrets_of, table)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.jws import b64url, b64url_decode, new_key
from support.misbehaviour import misbehaviours


def key_with(**changes):
    return keys(lambda provider: {'keys': [dict(provider.keys[0].jwk(), **changes)]})


def zero_padded(provider):
    """A short RSA key whose modulus looks long by its leading zeros."""
    key = provider.keys[0].jwk()
    short = b64url_decode(key['n'])[:64]
    return {'keys': [dict(key, n=b64url(b'\0' * 192 + short))]}


KEYS = misbehaviours(
    'Keys',
    ('empty', keys(lambda provider: {'keys': []}), 'key_unknown'),
    ('keys an object', keys(lambda provider: {'keys': {'key-1': provider.keys[0].jwk()}}), 'keys'),
    ('keys null', keys(lambda provider: {'keys': None}), 'keys'),
    ('without keys', keys(lambda provider: {}), 'keys'),
    ('an array', keys(lambda provider: [provider.keys[0].jwk()]), 'not_json'),
    ('a key alone', keys(lambda provider: provider.keys[0].jwk()), 'keys'),
    ('keys that are text', keys(lambda provider: {'keys': [MARK, None, 1, []]}), 'key_unknown'),
    ('for encryption only', key_with(use=u'enc'), 'key_unknown'),
    ('for another algorithm', key_with(alg=u'RS512'), 'key_unknown'),
    ('for another algorithm and no kid', all_of(key_with(alg=u'RS512'), header(kid=MISSING)),
     'key_unknown'),
    ('for encryption and no kid', all_of(key_with(use=u'enc'), header(kid=MISSING)),
     'key_unknown'),
    ('several of others and no kid', all_of(keys(lambda provider: {'keys': [
        attacker().jwk(), new_key('key-2', number=2).jwk()]}), header(kid=MISSING)), 'signature'),
    ('without verify among its operations', key_with(key_ops=[u'encrypt']), 'key_unknown'),
    ('operations that are text', key_with(key_ops=u'verify'), 'key_unknown'),
    ('another kid', key_with(kid=MARK), 'key_unknown'),
    ('kty unknown', key_with(kty=MARK), 'key_unknown'),
    ('kty a list', key_with(kty=[u'RSA']), 'key_unknown'),
    ('kty oct', keys(lambda provider: {'keys': [
        {'kty': 'oct', 'kid': 'key-1', 'alg': 'RS256', 'k': 'AAAA'}]}), 'key_unknown'),
    ('modulus a number', key_with(n=65537), 'key_unknown'),
    ('modulus short', key_with(n=u'AQAB'), 'key_unknown'),
    ('modulus short but padded with zeros', keys(zero_padded), 'key_unknown'),
    ('modulus not base64', key_with(n=u'?' * 342), 'key_unknown'),
    ('exponent one', key_with(e=u'AQ'), 'signature'),
    ('exponent missing', key_with(e=None), 'signature'),
    ('the same kid by another', keys(lambda provider: {'keys': [attacker().jwk()]}), 'signature'),
)


@KEYS
def test_a_key_set_without_the_right_key_signs_nobody_in(
        case, visitor, hostile, caplog):  # noqa: F811
    refused(case, visitor, hostile, caplog)


def beside(*strange):
    return keys(lambda provider: {'keys': list(strange) + [provider.keys[0].jwk()]
                                  + list(strange)})


TOLERATED = table(
    ('aud a list', claims(aud=[u'trac'])),
    ('azp the client', claims(azp=u'trac')),
    ('aud twice with azp', claims(aud=[u'trac', u'trac'], azp=u'trac')),
    ('at_hash missing', claims(at_hash=MISSING)),
    ('exp within the skew', claims(exp=at(-100))),
    ('iat within the skew', claims(iat=at(100))),
    ('nbf within the skew', claims(nbf=at(100))),
    ('exp a float', claims(exp=lambda exp: exp + .5)),
    ('typ missing', header(typ=MISSING)),
    ('an unknown header', header(x_new=u'1')),
    ('no kid and one key', header(kid=MISSING)),
    ('an unknown key type beside', beside({'kty': 'evilmark', 'kid': 'key-1'})),
    ('an octet key pair beside', beside({'kty': 'OKP', 'crv': 'Ed25519', 'kid': 'x', 'x': 'AA'})),
    ('junk beside', beside(None, 1, u'text', [], {}, {'kid': 'key-1'}, {'kty': 'RSA'})),
    ('a malformed key of the same kid beside', beside(
        {'kty': 'RSA', 'kid': 'key-1', 'n': u'?' * 342, 'e': 'AQAB'})),
    ('no kid among several', lambda provider: (provider.add_key(new_key('key-9', number=1)),
                                               header(kid=MISSING)(provider))),
    ('a key without kid beside', beside(dict(new_key(None, number=1).jwk()))),
    ('the same kid twice', beside(attacker().jwk())),
)


@TOLERATED
def test_what_the_rules_allow_signs_in(case, visitor, hostile):  # noqa: F811
    case[0](hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'


ELLIPTIC = misbehaviours(
    'Elliptic keys',
    ('curve a list', {'crv': [u'P-256']}, 'key_unknown'),
    ('curve an object', {'crv': {}}, 'key_unknown'),
    ('curve unknown', {'crv': u'secp256k1'}, 'key_unknown'),
    ('curve of another size', {'crv': u'P-384'}, 'key_unknown'),
    ('a point off the curve', {'x': u'AAAA', 'y': u'AAAA'}, 'signature'),
    ('a point missing', {'x': None}, 'signature'),
)


@ELLIPTIC
def test_a_malformed_elliptic_key_signs_nobody_in(case, visitor, hostile, caplog):  # noqa: F811
    changes, reason = case
    hostile.keys = [new_key('key-1', 'ES256')]
    key_with(**changes)(hostile)
    journey = visitor(TRAC_OIDC_SIGNING_ALGS='ES256')
    assert_refused(journey, attempt(journey), caplog, reason, secrets_of(hostile))


@pytest.mark.parametrize('algorithm', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
                                       'ES256', 'ES384', 'ES512'])
def test_every_algorithm_of_the_settings_signs_in(algorithm, visitor, hostile):  # noqa: F811
    hostile.keys = [new_key('key-1', algorithm)]
    journey = visitor(TRAC_OIDC_SIGNING_ALGS=algorithm)
    attempt(journey)
    assert journey.user() == 'alice'
