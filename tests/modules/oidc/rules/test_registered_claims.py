# -*- coding: utf-8 -*-
"""The rules for claims that ID tokens and logout tokens share, each by itself."""
import pytest

from trac_unit.errors import TokenError
from trac_unit.oidc.rules import registered_claims as rules
from trac_unit.oidc.rules.registered_claims import CLOCK_SKEW

NOW = 1700000000
ISSUER = u'https://id.example.org'


def reason(rule, *arguments):
    """Why a rule refuses; None if it does not."""
    try:
        assert rule(*arguments) is None
    except TokenError as e:
        assert len(str(e).splitlines()) == 1 and len(str(e)) < 400
        return e.reason


@pytest.mark.parametrize('header, own, refused', [
    ({}, None, False), ({}, u'logout+jwt', False), ({u'typ': u'JWT'}, u'logout+jwt', False),
    ({u'typ': u'word'}, None, False), ({u'typ': u'logout+jwt'}, u'logout+jwt', False),
    ({u'typ': u'LOGOUT+JWT'}, u'logout+jwt', False),
    ({u'typ': u'application/logout+jwt'}, u'logout+jwt', False),
    ({u'typ': u'logout+jwt'}, None, True), ({u'typ': u'at+jwt'}, u'logout+jwt', True),
    ({u'typ': u'x/logout+jwt'}, u'logout+jwt', True), ({u'typ': u'None+jwt'}, None, True),
    ({u'typ': u'application/None+jwt'}, None, True),
    ({u'typ': None}, None, True), ({u'typ': [u'JWT']}, None, True), ({u'typ': 1}, None, True),
    ({u'typ': u'x\n' * 999 + u'+jwt'}, None, True)])
def test_a_token_of_another_kind_is_refused(header, own, refused):
    assert reason(rules.check_type, header, own) == ('typ' if refused else None)


@pytest.mark.parametrize('claims, refused', [
    ({u'iss': ISSUER}, False), ({}, True), ({u'iss': None}, True), ({u'iss': ISSUER + u'/'}, True),
    ({u'iss': [ISSUER]}, True), ({u'iss': u'https://\u0131d.example.org'}, True),
    ({u'iss': True}, True)])
def test_a_token_of_another_issuer_is_refused(claims, refused):
    assert reason(rules.check_issuer, claims, ISSUER) == ('iss' if refused else None)


@pytest.mark.parametrize('claims, why', [
    ({u'aud': u'trac'}, None), ({u'aud': [u'trac']}, None),
    ({u'aud': u'trac', u'azp': u'trac'}, None),
    ({u'aud': [u'trac', u'trac'], u'azp': u'trac'}, None),
    ({u'aud': [u'trac', u'trac']}, 'azp'), ({u'aud': u'trac', u'azp': None}, 'azp'),
    ({u'aud': u'trac', u'azp': u'evil'}, 'azp'), ({u'aud': [u'trac', u'evil']}, 'aud'),
    ({u'aud': [u'trac', u'evil'], u'azp': u'trac'}, 'aud'), ({}, 'aud'), ({u'aud': []}, 'aud'),
    ({u'aud': None}, 'aud'), ({u'aud': [None]}, 'aud'), ({u'aud': {u'trac': 1}}, 'aud'),
    ({u'aud': [[u'trac']]}, 'aud'), ({u'aud': u'tracx'}, 'aud'), ({u'aud': True}, 'aud')])
def test_a_token_for_others_is_refused(claims, why):
    assert reason(rules.check_audience, claims, u'trac') == why


@pytest.mark.parametrize('max_age', [0, 120, 86400])
@pytest.mark.parametrize('name, value, refused', [
    ('exp', lambda age: NOW - CLOCK_SKEW + 1, False), ('exp', lambda age: NOW - CLOCK_SKEW, True),
    ('exp', lambda age: 2 ** 53, False), ('exp', lambda age: 2 ** 53 + 2, True),
    ('iat', lambda age: NOW - age - CLOCK_SKEW, False),
    ('iat', lambda age: NOW - age - CLOCK_SKEW - 1, True),
    ('iat', lambda age: NOW + CLOCK_SKEW, False), ('iat', lambda age: NOW + CLOCK_SKEW + 1, True),
    ('nbf', lambda age: NOW + CLOCK_SKEW, False), ('nbf', lambda age: NOW + CLOCK_SKEW + 1, True),
    ('nbf', lambda age: None, True), ('nbf', lambda age: u'0', True)])
def test_a_token_from_another_time_is_refused(name, value, refused, max_age):
    claims = {u'exp': NOW + 60, u'iat': NOW, name: value(max_age)}
    assert reason(rules.check_times, claims, NOW, max_age) == (name if refused else None)


@pytest.mark.parametrize('name', ['exp', 'iat'])
def test_a_token_that_does_not_say_its_time_is_refused(name):
    claims = {u'exp': NOW + 60, u'iat': NOW}
    del claims[name]
    assert reason(rules.check_times, claims, NOW, 60) == name


@pytest.mark.parametrize('subject, refused', [
    (u'x', False), (u'x' * 255, False), (u'\u017eofie', False), (u'\U0001f600', False),
    (u' ', False), (u'', True), (u'x' * 256, True), (None, True), (b'x', True), (7, True),
    ([u'x'], True), (True, True), (u'\ud800', True), (u'a\udfffb', True)])
def test_a_token_without_a_good_subject_is_refused(subject, refused):
    assert reason(rules.check_subject, {u'sub': subject}) == ('sub' if refused else None)


def test_a_token_without_any_subject_is_refused():
    assert reason(rules.check_subject, {}) == 'sub'


@pytest.mark.parametrize('value', [0, -1, 1.5, NOW, 2 ** 53, -2 ** 53])
def test_a_number_is_taken_as_it_is(value):
    assert rules.number({u'x': value}, u'x') is value


@pytest.mark.parametrize('value', [
    None, True, False, u'1', [1], {}, float('nan'), float('inf'), -float('inf'), 2 ** 53 + 2,
    -10 ** 30, 1e300])
def test_what_is_no_number_is_refused_by_its_name(value):
    with pytest.raises(TokenError) as caught:
        rules.number({u'auth_time': value}, u'auth_time')
    assert caught.value.reason == u'auth_time'
