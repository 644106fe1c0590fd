# -*- coding: utf-8 -*-
"""Every rule for the claims of a logout token, right and wrong."""

import pytest

from trac_unit.errors import TokenError
from trac_unit.oidc.rules.id_token import Expectation, validate as validate_id_token
from trac_unit.oidc.rules.logout_token import MAX_AGE, LogoutToken, validate
from trac_unit.oidc.rules.registered_claims import CLOCK_SKEW

NOW = 1700000000
ISSUER = u'https://id.example.org'
EVENT = u'http://schemas.openid.net/event/backchannel-logout'
GONE = object()

CLAIMS = {u'iss': ISSUER, u'aud': u'trac', u'iat': NOW, u'exp': NOW + 120, u'jti': u'1',
          u'sub': u'248289', u'sid': u'08a5019c', u'events': {EVENT: {}}}


def check(changes, header=(), now=NOW):
    """Validate the right claims with some `changes`: the LogoutToken, or the error."""
    claims = dict((name, value) for name, value in dict(CLAIMS, **changes).items()
                  if value is not GONE)
    try:
        return validate(dict({u'alg': u'RS256'}, **dict(header)), claims, ISSUER, u'trac', now)
    except TokenError as e:
        return e


@pytest.mark.parametrize('changes, subject, sid', [
    ({}, u'248289', u'08a5019c'),
    ({u'sid': GONE}, u'248289', None),
    ({u'sub': GONE}, None, u'08a5019c'),
    ({u'sub': u'x' * 255, u'sid': u'x' * 1024}, u'x' * 255, u'x' * 1024),
    ({u'sub': u'žofie', u'sid': u'ž'}, u'žofie', u'ž')])
def test_a_logout_token_says_whose_sessions_end(changes, subject, sid):
    assert check(changes) == LogoutToken(u'1', subject, sid, NOW + 120 + CLOCK_SKEW + 1)


RIGHT = [
    {u'aud': [u'trac']},
    {u'aud': u'trac', u'azp': u'trac'},
    {u'iat': NOW + CLOCK_SKEW},
    {u'iat': NOW - MAX_AGE},
    {u'iat': NOW - MAX_AGE - CLOCK_SKEW},
    {u'iat': NOW - .5},
    {u'exp': NOW - CLOCK_SKEW + 1},
    {u'exp': 2 ** 53},
    {u'nbf': NOW},
    {u'jti': u'x' * 1024},
    {u'events': {EVENT: {u'any': u'thing'}}},
    # Keycloak, asked to end offline sessions too
    {u'events': {EVENT: {}, u'revoke_offline_access': True}},
    {u'unknown': {u'claim': [None]}},
]

TEXTS = [None, u'', 1, True, False, [], [u'1'], {}, {u'a': 1}]
NO_NUMBERS = [GONE, None, u'', u'%d' % NOW, True, [NOW], {}, float('nan'), float('inf'), 10 ** 30]

WRONG = [
    ('iss', {u'iss': value}) for value in (GONE, None, u'', ISSUER + u'/', u'evil', [ISSUER])
] + [
    ('aud', {u'aud': value}) for value in (
        GONE, None, u'', u'other', [], [u'other'], [u'trac', u'other'], [None], {u'trac': 1})
] + [
    ('azp', {u'aud': [u'trac', u'trac']}),
    ('azp', {u'azp': u'other'}),
] + [
    (name, {name: value}) for name in (u'exp', u'iat') for value in NO_NUMBERS
] + [
    ('exp', {u'exp': NOW - CLOCK_SKEW}),
    ('iat', {u'iat': NOW + CLOCK_SKEW + 1}),
    ('iat', {u'iat': NOW - MAX_AGE - CLOCK_SKEW - 1}),
    ('iat', {u'iat': 0, u'exp': 2 ** 53}),
    ('nbf', {u'nbf': NOW + CLOCK_SKEW + 1}),
] + [
    ('events', {u'events': value}) for value in (
        GONE, None, u'', EVENT, True, 1, [], [EVENT], [{EVENT: {}}], {},
        {EVENT: None}, {EVENT: True}, {EVENT: u'{}'}, {EVENT: []}, {EVENT: 0},
        {EVENT + u'/': {}}, {EVENT.upper(): {}}, {EVENT.replace(u'http', u'https'): {}},
        {u'http://schemas.openid.net/event/frontchannel-logout': {}})
] + [
    # Also an empty one: an ID token's claims must never do here
    ('nonce', {u'nonce': value}) for value in (u'marked-nonce', u'', None, False, 0)
] + [
    ('jti', {u'jti': value}) for value in [GONE, u'x' * 1025, u'\ud800'] + TEXTS
] + [
    ('sub', {u'sub': GONE, u'sid': GONE}),
] + [
    ('sub', {u'sub': value}) for value in [u'x' * 256, u'\ud800'] + TEXTS
] + [
    ('sid', {u'sid': value}) for value in [u'x' * 1025, u'\ud800'] + TEXTS
] + [
    # The one that is right does not make up for the other
    ('sub', {u'sub': u'', u'sid': u'1'}),
    ('sid', {u'sub': u'1', u'sid': u''}),
]


@pytest.mark.parametrize('changes', RIGHT)
def test_right_claims_pass(changes):
    assert isinstance(check(changes), LogoutToken)


@pytest.mark.parametrize('reason, changes', WRONG)
def test_a_wrong_claim_is_refused_by_its_name(reason, changes):
    error = check(changes)
    assert isinstance(error, TokenError)
    assert error.reason == reason
    assert len(str(error).splitlines()) == 1 and len(str(error)) < 400
    assert 'marked' not in str(error)


@pytest.mark.parametrize('kind, reason', [
    (u'logout+jwt', None), (u'Logout+JWT', None), (u'application/logout+jwt', None),
    (u'JWT', None), (u'jwt', None),
    (u'at+jwt', 'typ'), (u'secevent+jwt', 'typ'), (u'x/logout+jwt', 'typ'),
    (u'application/application/logout+jwt', 'typ'), (u'xlogout+jwt', 'typ'),
    (None, 'typ'), (1, 'typ'), ([u'logout+jwt'], 'typ'), ({}, 'typ')])
def test_a_token_that_says_it_is_of_another_type_is_no_logout_token(kind, reason):
    assert getattr(check({}, {u'typ': kind}), 'reason', None) == reason


@pytest.mark.parametrize('iat, exp', [
    (NOW, NOW + 120), (NOW, NOW + 120.5), (NOW - .5, 2 ** 53), (NOW - 599, NOW + 1),
    (NOW, NOW - 1)])
def test_its_id_is_remembered_for_as_long_as_it_is_believed_and_no_longer(iat, exp):
    changes = {u'iat': iat, u'exp': exp}
    expires = check(changes).expires
    assert isinstance(check(changes, now=expires - 2), LogoutToken)
    assert isinstance(check(changes, now=expires), TokenError)
    assert expires <= NOW + MAX_AGE + CLOCK_SKEW + 1


def test_a_logout_token_and_an_id_token_never_pass_for_one_another():
    with pytest.raises(TokenError):
        validate_id_token({u'alg': u'RS256'}, CLAIMS, Expectation(ISSUER, u'trac', u'n'), NOW)
    id_token = {u'iss': ISSUER, u'aud': u'trac', u'iat': NOW, u'exp': NOW + 300, u'sub': u'1',
                u'nonce': u'n', u'jti': u'1', u'sid': u'1'}
    validate_id_token({u'alg': u'RS256'}, id_token, Expectation(ISSUER, u'trac', u'n'), NOW)
    with pytest.raises(TokenError):
        validate({u'alg': u'RS256'}, id_token, ISSUER, u'trac', NOW)
    with pytest.raises(TokenError) as caught:
        validate({u'alg': u'RS256'}, dict(id_token, events={EVENT: {}}), ISSUER, u'trac', NOW)
    assert caught.value.reason == 'nonce'


def test_a_token_without_any_claims_is_refused_not_a_crash():
    with pytest.raises(TokenError) as caught:
        validate({}, {}, ISSUER, u'trac', NOW)
    assert caught.value.reason == 'iss'
