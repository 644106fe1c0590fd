# -*- coding: utf-8 -*-
"""Every rule for the claims of an ID token, right and wrong."""

import base64
import hashlib

import pytest

from trac_unit.errors import TokenError
from trac_unit.oidc.rules.id_token import CLOCK_SKEW, Expectation, validate, validate_refreshed

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
    {u'iat': NOW - 86400 - CLOCK_SKEW},
    {u'iat': NOW - .5},
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
    ('iat', {u'iat': value}) for value in (
        NOW + CLOCK_SKEW + 1, NOW + CLOCK_SKEW + .5, 2 ** 53, NOW - 86401 - CLOCK_SKEW, 0, -1)
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


TYPES = [(GONE, None), (u'JWT', None), (u'jwt', None), (u'', None), (u'word', None),
         (u'at+jwt', 'typ'), (u'AT+JWT', 'typ'), (u'application/at+jwt', 'typ'),
         (u'logout+jwt', 'typ'), (u'Logout+JWT', 'typ'), (u'secevent+jwt', 'typ'),
         (u'none+jwt', 'typ'), (u'+jwt', 'typ'),
         (None, 'typ'), (1, 'typ'), (True, 'typ'), ([u'JWT'], 'typ'), ({u'JWT': 1}, 'typ')]


@pytest.mark.parametrize('kind, reason', TYPES)
def test_a_token_that_says_it_is_of_another_type_is_no_id_token(kind, reason):
    header = {u'alg': u'RS256'} if kind is GONE else {u'alg': u'RS256', u'typ': kind}
    expected = Expectation(**EXPECTED)
    for rules in (lambda: validate(header, CLAIMS, expected, NOW),
                  lambda: validate_refreshed(header, CLAIMS, CLAIMS, expected, NOW)):
        if reason is None:
            assert rules() is None
        else:
            with pytest.raises(TokenError) as caught:
                rules()
            assert caught.value.reason == reason


# After a refresh

LATER = NOW + 7200
ORIGINAL = dict(CLAIMS, azp=u'trac', auth_time=NOW - 60)


def refreshed(changes, original=(), **expected):
    """As check(), two hours after the sign-in; `original` changes the claims of that."""
    def changed(claims, changes):
        return dict((name, value) for name, value in dict(claims, **changes).items()
                    if value is not GONE)
    claims = changed(ORIGINAL, dict({u'iat': LATER, u'exp': LATER + 300, u'nonce': GONE},
                                    **changes))
    expected = dict(EXPECTED, nonce=None, **expected)
    try:
        return validate_refreshed({u'alg': u'RS256'}, claims, changed(ORIGINAL, dict(original)),
                                  Expectation(**expected), LATER)
    except TokenError as e:
        return e


@pytest.mark.parametrize('changes, original', [
    ({}, {}),
    ({u'nonce': u'marked-nonce'}, {}),
    ({u'auth_time': GONE}, {}),
    ({u'auth_time': NOW}, {u'auth_time': GONE}),
    ({u'auth_time': NOW}, {}),
    ({u'auth_time': LATER + CLOCK_SKEW}, {}),
    ({u'auth_time': u'words'}, {u'auth_time': u'words'}),
    ({u'azp': GONE}, {u'azp': GONE}),
    ({u'aud': [u'trac']}, {}),
    ({u'aud': u'trac'}, {u'aud': [u'trac']}),
    ({u'iat': NOW}, {}),
    ({u'iat': NOW - CLOCK_SKEW}, {}),
    ({u'at_hash': half_hash('sha256')}, {u'at_hash': u'of another access token'}),
    ({u'sid': u'b'}, {u'sid': u'a'}),
    # The sign-in's own token is over by now
    ({}, {u'exp': NOW + 300})])
def test_right_claims_pass_after_a_refresh(changes, original):
    assert refreshed(changes, original) is None


@pytest.mark.parametrize('reason, changes, original', [
    ('iss', {u'iss': ISSUER + u'/'}, {}),
    ('iss', {}, {u'iss': ISSUER + u'/'}),
    ('iss', {}, {u'iss': GONE}),
    ('sub', {u'sub': u'mallory'}, {}),
    ('sub', {u'sub': GONE}, {}),
    ('sub', {}, {u'sub': GONE}),
    ('sub', {u'sub': u'1'}, {u'sub': 1}),
    ('aud', {u'aud': u'other'}, {}),
    ('aud', {u'aud': [u'trac', u'other']}, {}),
    ('azp', {u'azp': GONE}, {}),
    ('azp', {}, {u'azp': GONE}),
    ('azp', {u'azp': u'other'}, {u'azp': u'other'}),
    ('nonce', {u'nonce': u'other'}, {}),
    ('nonce', {u'nonce': None}, {}),
    ('nonce', {u'nonce': u''}, {u'nonce': u''}),
    ('nonce', {u'nonce': None}, {u'nonce': GONE}),
    ('nonce', {u'nonce': u'marked-nonce'}, {u'nonce': GONE}),
    ('auth_time', {u'auth_time': NOW - 61}, {}),
    ('auth_time', {u'auth_time': LATER + CLOCK_SKEW + 1}, {}),
    ('auth_time', {u'auth_time': None}, {}),
    ('auth_time', {u'auth_time': [NOW]}, {}),
    ('auth_time', {u'auth_time': True}, {u'auth_time': 0}),
    ('auth_time', {}, {u'auth_time': u'words'}),
    ('auth_time', {u'auth_time': float('nan')}, {}),
    ('iat', {u'iat': NOW - CLOCK_SKEW - 1}, {}),
    ('iat', {u'iat': GONE}, {}),
    ('iat', {u'iat': LATER + CLOCK_SKEW + 1}, {}),
    ('iat', {}, {u'iat': GONE}),
    ('iat', {}, {u'iat': u'text'}),
    ('exp', {u'exp': NOW + 300}, {}),
    ('nbf', {u'nbf': LATER + CLOCK_SKEW + 1}, {}),
    ('at_hash', {u'at_hash': half_hash('sha256', u'other')}, {})])
def test_a_refresh_that_speaks_of_another_sign_in_is_refused(reason, changes, original):
    error = refreshed(changes, original)
    assert isinstance(error, TokenError)
    assert error.reason == reason
    assert 'marked' not in str(error)


def test_a_sign_in_need_not_be_repeated_for_a_refresh_but_stays_of_its_kind():
    assert refreshed({}, max_age=60) is None
    assert refreshed({u'acr': u'gold'}, acr_values=(u'gold',)) is None
    assert refreshed({}, acr_values=(u'gold',)).reason == 'acr'


def test_a_refreshed_token_does_not_begin_a_session():
    with pytest.raises(TokenError) as caught:
        validate({u'alg': u'RS256'}, dict(CLAIMS, nonce=u''), Expectation(ISSUER, u'trac'), NOW)
    assert caught.value.reason == 'nonce'


def test_a_token_without_any_claims_is_refused_not_a_crash():
    for rules in (lambda: validate({}, {}, Expectation(**EXPECTED), NOW),
                  lambda: validate_refreshed({}, {}, {}, Expectation(**EXPECTED), NOW)):
        with pytest.raises(TokenError) as caught:
            rules()
        assert caught.value.reason == 'iss'


@pytest.mark.parametrize('header', [{}, {u'alg': None}, {u'alg': 256}, {u'alg': [u'256']}])
def test_a_header_without_an_algorithm_is_refused_not_a_crash(header):
    with pytest.raises(TokenError) as caught:
        validate(header, dict(CLAIMS, at_hash=half_hash('sha256')), Expectation(**EXPECTED), NOW)
    assert caught.value.reason == 'at_hash'
