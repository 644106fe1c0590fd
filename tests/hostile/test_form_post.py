# -*- coding: utf-8 -*-
"""The provider's answer as a form of another site: response_mode=form_post."""
import re

import pytest

from support.form_post import FORM, HTTPS, post
from support.hostile import (MISSING, answer, assert_refused, cookie_header, reason_of, secrets_of,
                             table)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.misbehaviour import misbehaviours
from support.provider import form_decode
from trac_unit._compat import urlencode


@pytest.fixture
def at_https(visitor):  # noqa: F811
    """A function: a new browser at a Trac on https whose answers come as forms."""
    def visit(**settings):
        return visitor(TRAC_OIDC_RESPONSE_MODE='form_post', TRAC_BASE_URL=HTTPS, **settings)
    return visit


def answered(journey):
    """Begin a sign-in; return the provider's form, as (name, value) pairs of native str."""
    action, fields = journey.authorize_by_form(journey.login())
    assert action == HTTPS + '/oidc/callback'
    return [(str(name), str(value)) for name, value in fields]


def test_a_form_signs_in(at_https, hostile):  # noqa: F811
    journey = at_https()
    location = journey.login()
    asked = dict(form_decode(location.partition('?')[2]))
    assert asked['response_mode'] == 'form_post'
    action, fields = journey.authorize_by_form(location)
    assert set(dict(fields)) == set(['code', 'state', 'iss'])
    response = post(journey, fields)
    assert response.status_int == 303
    assert response.location == HTTPS + '/'
    assert journey.user() == 'alice'


def cookies_of(response):
    return [header for header in response.headers.getall('Set-Cookie')
            if header.startswith('__Host-trac_oidc_')]


def test_the_cookies_of_a_sign_in_come_along_with_the_form_and_the_session_does_not(
        at_https, hostile):  # noqa: F811
    journey = at_https()
    response = journey.web.get('/login', status=303)
    under_way, = cookies_of(response)
    assert re.match('__Host-trac_oidc_[0-9a-f]{8}_', under_way)
    attributes = [part.strip().lower() for part in under_way.split(';')]
    assert set(['secure', 'samesite=none', 'httponly', 'path=/']) <= set(attributes)
    _, fields = journey.authorize_by_form(response.location)
    response = post(journey, fields)
    deleted, session = sorted(cookies_of(response), key=lambda header: 'Max-Age=0' not in header)
    assert 'secure' in deleted.lower() and 'samesite=none' in deleted.lower()
    attributes = [part.strip().lower() for part in session.split(';')]
    assert re.match('__Host-trac_oidc_[0-9a-f]{8}=', session)
    assert set(['secure', 'samesite=lax', 'httponly', 'path=/']) <= set(attributes)


def test_in_query_mode_no_cookie_comes_along_with_a_form(visitor, hostile):  # noqa: F811
    response = visitor().web.get('/login', status=303)
    assert 'samesite=none' not in str(response.headers).lower()
    assert 'response_mode' not in response.location


def test_over_http_the_cookie_is_secure_too_since_no_browser_takes_it_otherwise(
        visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_OIDC_RESPONSE_MODE='form_post')  # a proxy in front may speak https
    cookie, = journey.web.get('/login', status=303).headers.getall('Set-Cookie')
    assert cookie.startswith('trac_oidc_')
    assert 'secure' in cookie.lower() and 'samesite=none' in cookie.lower()


@pytest.mark.parametrize('method', ['GET', 'HEAD', 'PUT', 'OPTIONS', 'DELETE'])
def test_in_form_mode_only_a_form_is_an_answer(
        method, at_https, hostile, caplog):  # noqa: F811
    journey = at_https()
    fields = answered(journey)
    response = journey.web.request('/oidc/callback?' + urlencode(fields), method=method,
                                   status='*')
    assert (response.status_int, response.headers['Allow']) == (405, 'POST')
    assert 'reason=method' in caplog.text
    assert journey.user() is None
    assert hostile.count('/token') == 0


def test_in_query_mode_a_form_is_no_answer(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    response = journey.web.post('/oidc/callback', target.partition('?')[2], status='*',
                                content_type=FORM)
    assert response.status_int == 405
    assert reason_of(response, caplog) == 'method'
    assert journey.user() is None


def more(*pairs):
    return lambda fields: urlencode(fields + list(pairs)).encode('ascii')


BODIES = table(
    ('nothing', lambda fields: b'', {}, 'state_missing'),
    ('state twice', more(('state', 'x')), {}, 'duplicate'),
    ('code twice', more(('code', 'evilmark')), {}, 'duplicate'),
    ('iss twice', more(('iss', 'evilmark')), {}, 'duplicate'),
    ('an unknown one twice', more(('x', '1'), ('x', '2')), {}, 'duplicate'),
    ('a name in two spellings', lambda fields: urlencode(fields).encode('ascii') + b'&%63ode=x',
     {}, 'duplicate'),
    ('without state', lambda fields: urlencode(
        [pair for pair in fields if pair[0] != 'state']).encode('ascii'), {}, 'state_missing'),
    ('a code that is no UTF-8', lambda fields: re.sub(
        b'code=', b'code=%ff', urlencode(fields).encode('ascii')), {}, 'code'),
    ('a code of raw bytes', lambda fields: re.sub(
        b'code=', b'code=\xff\xfe', urlencode(fields).encode('ascii')), {}, 'code'),
    ('iss of raw bytes', lambda fields: re.sub(
        b'iss=', b'iss=\xc5\xbe', urlencode(fields).encode('ascii')), {}, 'response_iss'),
    ('JSON', lambda fields: b'{"code":"evilmark"}', {'CONTENT_TYPE': 'application/json'},
     'form_type'),
    ('text', more(), {'CONTENT_TYPE': 'text/plain'}, 'form_type'),
    ('multipart', more(), {'CONTENT_TYPE': 'multipart/form-data; boundary=x'}, 'form_type'),
    ('no type', more(), {'CONTENT_TYPE': ''}, 'form_type'),
    ('a type that begins alike', more(), {'CONTENT_TYPE': FORM + 'x'}, 'form_type'),
    ('a type with a comma', more(), {'CONTENT_TYPE': FORM + ', text/plain'}, 'form_type'),
    ('64 KiB and a byte', lambda fields: urlencode(fields).encode('ascii').ljust(65537, b'x'),
     {}, 'form_size'),
    ('cut short', more(), {'CONTENT_LENGTH': '60000'}, 'form_cut'),
    ('a length too short', more(), {'CONTENT_LENGTH': '10'}, 'state_missing'),
)


@BODIES
def test_a_form_that_is_none_is_refused(case, at_https, hostile, caplog):  # noqa: F811
    change, environ, reason = case
    hostile.hooks['authorize'] = lambda answer: [
        (name, answer[name]) for name in ('code', 'state', 'iss')]
    journey = at_https()
    fields = answered(journey)
    response = post(journey, None, body=change(fields), **environ)
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))
    assert hostile.count('/token') == 0


PARAMETERS = misbehaviours(
    'Fields of an answer by form',
    ('iss wrong', answer(iss=u'https://evilmark.example'), 'response_iss'),
    ('iss missing', answer(iss=MISSING), 'response_iss'),
    ('state wrong', answer(state=u'x' * 43), 'state_unknown'),
    ('code empty', answer(code=u''), 'code'),
    ('code of 5000 characters', answer(code=u'x' * 5000), 'code'),
    ('code of another', answer(code=u'code-evilmark'), 'invalid_grant'),
    ('an error', answer(code=MISSING, error=u'access_denied'), 'access_denied'),
    ('an error with HTML', answer(code=MISSING, error=u'<b>evilmark</b>'), 'provider_error'),
    ('an error without iss', answer(code=MISSING, error=u'access_denied', iss=MISSING),
     'response_iss'),
)


@PARAMETERS
def test_a_form_obeys_the_rules_of_a_query(case, at_https, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    misbehave(hostile)
    journey = at_https()
    response = post(journey, answered(journey))
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))


def test_a_form_works_once(at_https, hostile, caplog):  # noqa: F811
    journey = at_https()
    fields = answered(journey)
    kept = cookie_header(journey.cookies)
    assert post(journey, fields).status_int == 303
    stranger = journey.another_browser()
    response = post(stranger, fields, HTTP_COOKIE=kept)
    assert_refused(stranger, response, caplog, 'state_used', secrets_of(hostile))


def test_a_form_in_another_browser_is_refused(at_https, hostile, caplog):  # noqa: F811
    attacker = at_https()
    fields = answered(attacker)
    victim = attacker.another_browser()
    victim.login()
    assert_refused(victim, post(victim, fields), caplog, 'state_unknown', secrets_of(hostile))


def test_an_answer_larger_than_a_query_fits_into_a_form(at_https, hostile):  # noqa: F811
    answer(session_state=u'x' * 60000)(hostile)
    journey = at_https()
    assert post(journey, answered(journey)).status_int == 303
    assert journey.user() == 'alice'


def test_what_stands_in_the_address_of_a_form_does_not_count(
        at_https, hostile, caplog):  # noqa: F811
    journey = at_https()
    fields = answered(journey)
    response = post(journey, [], QUERY_STRING=urlencode(fields))
    assert_refused(journey, response, caplog, 'state_missing', secrets_of(hostile))


def test_a_provider_that_ignores_the_mode_is_refused(at_https, hostile, caplog):  # noqa: F811
    journey = at_https()
    query = urlencode(answered(journey))
    response = journey.web.get('/oidc/callback?' + query, status='*')
    assert (response.status_int, reason_of(response, caplog)) == (405, 'method')
