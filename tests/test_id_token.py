# -*- coding: utf-8 -*-
"""Every rule for the claims of an ID token, right and wrong."""

import base64
import hashlib

import pytest

from trac_unit.errors import TokenError
from trac_unit.oidc.id_token import CLOCK_SKEW, Expectation, validate

NOW = 1700000000
ISSUER = u'https://id.example.org'
ACCESS_TOKEN = u'marked-access-token'
HUGE = 10 ** 30
GONE = object()

EXPECTED = dict(issuer=ISSUER, client_id=u'trac', nonce=u'marked-nonce', access_token=ACCESS_TOKEN)
CLAIMS = {u'iss': ISSUER, u'sub': u'248289', u'aud': u'trac', u'nonce': u'marked-nonce',
          u'exp': NOW + 300, u'iat': NOW}


def half_hash(name, text=ACCESS_TOKEN):
    digest = hashlib.new(name, text.encode('ascii')).digest()
    return base64.urlsafe_b64encode(digest[:len(digest) // 2]).rstrip(b'=').decode('ascii')


def check(changes, alg=u'RS256', **expected):
    """Validate the right claims with some `changes`; None if they are right, else the error."""
    claims = dict((name, value) for name, value in dict(CLAIMS, **changes).items()
                  if value is not GONE)
    try:
        return validate({u'alg': alg}, claims, Expectation(**dict(EXPECTED, **expected)), NOW)
    except TokenError as e:
        return e


RIGHT = [
    {},
    {u'aud': [u'trac']},
    {u'aud': [u'trac'], u'azp': u'trac'},
    {u'aud': u'trac', u'azp': u'trac'},
    {u'aud': [u'trac', u'trac'], u'azp': u'trac'},
    {u'exp': NOW + 300.5},
    {u'exp': NOW - CLOCK_SKEW + 1},
    {u'exp': NOW - CLOCK_SKEW + .5},
    {u'exp': 2 ** 53},
    {u'iat': NOW + CLOCK_SKEW},
    {u'iat': NOW - 86400},
    {u'iat': 0},
    {u'nbf': NOW},
    {u'nbf': NOW + CLOCK_SKEW},
    {u'nbf': 0},
    {u'sub': u'x'},
    {u'sub': u'x' * 255},
    {u'sub': u'žofie'},
    {u'at_hash': half_hash('sha256')},
    {u'auth_time': u'not asked for'},
    {u'acr': u'not asked for'},
    {u'unknown': {u'claim': [None]}},
]

NO_NUMBERS = [GONE, None, u'', u'%d' % (NOW + 300), True, False, [NOW + 300], {}, float('nan'),
              float('inf'), -float('inf'), HUGE, -HUGE, 1e300]

WRONG = [
    ('iss', {u'iss': value}) for value in (
        GONE, None, u'', ISSUER + u'/', ISSUER.upper(), u'http://id.example.org', u'evil',
        [ISSUER], {ISSUER: ISSUER}, 1, True)
] + [
    ('aud', {u'aud': value}) for value in (
        GONE, None, u'', u'other', u'TRAC', u'trac ', [], [[]], [u'other'], [u'trac', u'other'],
        [u'other', u'trac'], [u'trac', None], [[u'trac']], {u'trac': 1}, 1, True)
] + [
    # azp does not make a foreign audience right
    ('aud', {u'aud': u'other', u'azp': u'trac'}),
    ('aud', {u'aud': [u'trac', u'other'], u'azp': u'trac'}),
    ('azp', {u'aud': [u'trac', u'trac']}),
] + [
    ('azp', {u'azp': value}) for value in (None, u'', u'other', [u'trac'], 1, True)
] + [
    (name, {name: value}) for name in (u'exp', u'iat') for value in NO_NUMBERS
] + [
    ('nbf', {u'nbf': value}) for value in NO_NUMBERS if value is not GONE
] + [
    ('exp', {u'exp': value}) for value in (NOW - CLOCK_SKEW, NOW - CLOCK_SKEW - .5, 0, -NOW)
] + [
    ('iat', {u'iat': value}) for value in (NOW + CLOCK_SKEW + 1, NOW + CLOCK_SKEW + .5, 2 ** 53)
] + [
    ('nbf', {u'nbf': value}) for value in (NOW + CLOCK_SKEW + 1, NOW + CLOCK_SKEW + .5, 2 ** 53)
] + [
    ('sub', {u'sub': value}) for value in (
        GONE, None, u'', u'x' * 256, 1, True, [u'248289'], {u'a': 1})
] + [
    ('nonce', {u'nonce': value}) for value in (
        GONE, None, u'', u'other', u'marked-nonce ', u'MARKED-NONCE', [u'marked-nonce'], 1, True)
] + [
    ('at_hash', {u'at_hash': value}) for value in (
        None, u'', half_hash('sha256') + u'=', half_hash('sha384'), half_hash('sha512'),
        half_hash('sha256', u'other'), half_hash('sha256').lower(), [half_hash('sha256')], 1, True)
]


@pytest.mark.parametrize('changes', RIGHT)
def test_right_claims_pass(changes):
    assert check(changes) is None


@pytest.mark.parametrize('reason, changes', WRONG)
def test_a_wrong_claim_is_refused_by_its_name(reason, changes):
    error = check(changes)
    assert isinstance(error, TokenError)
    assert error.reason == reason


def test_no_refusal_repeats_what_is_as_good_as_a_token():
    texts = [str(check(changes)) for _, changes in WRONG]
    assert len(texts) > 100
    assert not [text for text in texts if 'marked-nonce' in text or 'marked-access' in text]
    assert not [text for text in texts if len(text.splitlines()) != 1 or len(text) > 400]


@pytest.mark.parametrize('alg, name', [
    (u'RS256', 'sha256'), (u'ES256', 'sha256'), (u'PS384', 'sha384'), (u'ES512', 'sha512')])
def test_at_hash_is_made_with_the_hash_of_the_algorithm(alg, name):
    assert check({u'at_hash': half_hash(name)}, alg) is None
    for other in {'sha256', 'sha384', 'sha512'} - {name}:
        assert check({u'at_hash': half_hash(other)}, alg).reason == 'at_hash'


@pytest.mark.parametrize('alg', [u'EdDSA', u'none', u'RS1', u''])
def test_an_at_hash_that_cannot_be_checked_is_refused(alg):
    assert check({u'at_hash': half_hash('sha256')}, alg).reason == 'at_hash'
    assert check({}, alg) is None


def test_an_at_hash_without_an_access_token_is_refused():
    assert check({u'at_hash': half_hash('sha256')}, access_token=None).reason == 'at_hash'


@pytest.mark.parametrize('nonce', [None, u''])
def test_a_sign_in_without_a_nonce_of_ours_accepts_no_token(nonce):
    assert check({u'nonce': nonce}, nonce=nonce).reason == 'nonce'
    assert check({u'nonce': GONE}, nonce=nonce).reason == 'nonce'


@pytest.mark.parametrize('auth_time, reason', [
    (NOW, None), (NOW - 60, None), (NOW - 60 - CLOCK_SKEW, None), (NOW + CLOCK_SKEW, None),
    (NOW - 61 - CLOCK_SKEW, 'auth_time'), (NOW - 60.5 - CLOCK_SKEW, 'auth_time'), (0, 'auth_time'),
    # From the future it would never grow old
    (NOW + CLOCK_SKEW + 1, 'auth_time'), (2 ** 53, 'auth_time'),
] + [(value, 'auth_time') for value in NO_NUMBERS])
def test_max_age_is_checked_against_auth_time(auth_time, reason):
    assert getattr(check({u'auth_time': auth_time}, max_age=60), 'reason', None) == reason


def test_a_max_age_of_zero_is_asked_for_too():
    assert check({u'auth_time': NOW - CLOCK_SKEW}, max_age=0) is None
    assert check({u'auth_time': NOW - CLOCK_SKEW - 1}, max_age=0).reason == 'auth_time'


@pytest.mark.parametrize('acr, reason', [
    (u'gold', None), (u'silver', None), (u'bronze', 'acr'), (u'', 'acr'), (None, 'acr'),
    (GONE, 'acr'), ([u'gold'], 'acr'), ({u'gold': 1}, 'acr'), (1, 'acr'), (u'gold silver', 'acr')])
def test_the_authentication_context_is_one_that_was_asked_for(acr, reason):
    error = check({u'acr': acr}, acr_values=(u'gold', u'silver'))
    assert getattr(error, 'reason', None) == reason


def test_a_token_without_any_claims_is_refused_not_a_crash():
    with pytest.raises(TokenError) as caught:
        validate({}, {}, Expectation(**EXPECTED), NOW)
    assert caught.value.reason == 'iss'


def test_a_header_without_an_algorithm_is_refused_not_a_crash():
    with pytest.raises(TokenError) as caught:
        validate({}, dict(CLAIMS, at_hash=half_hash('sha256')), Expectation(**EXPECTED), NOW)
    assert caught.value.reason == 'at_hash'
