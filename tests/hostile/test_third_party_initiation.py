# -*- coding: utf-8 -*-
"""A sign-in that another site begins: with the right issuer only, and back to this site only."""
import pytest

from support.form_post import FORM
from support.hostile import MARK, assert_refused, assert_tells_nothing, reason_of, table
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import BASE, Journey
from support.provider import form_decode
from trac_unit._compat import quote, urlencode

LOGIN = '/oidc/login'


def asked(location):
    return dict(form_decode(location.partition('?')[2]))


def begin(journey, issuer, status='*', **parameters):
    """Ask for a sign-in as another site does, by a link."""
    return journey.web.get(LOGIN + '?' + urlencode(dict(parameters, iss=issuer)), status=status)


def test_a_link_begins_a_sign_in_that_ends_at_the_start_page(visitor, hostile):  # noqa: F811
    journey = visitor()
    response = begin(journey, hostile.issuer, 303)
    assert response.location.startswith(hostile.issuer + '/authorize?')
    assert 'login_hint' not in asked(response.location)
    response = journey.callback(journey.authorize(response.location))
    assert (response.status_int, response.location) == (303, BASE + '/')
    assert journey.user() == 'alice'


def test_a_form_begins_one_too(visitor, hostile):  # noqa: F811
    journey = visitor()
    response = journey.web.post(LOGIN, urlencode({
        'iss': hostile.issuer, 'login_hint': 'bob', 'target_link_uri': BASE + '/wiki/There?x=1'}),
        content_type=FORM, status=303)
    response = journey.callback(journey.authorize(response.location))
    assert response.location == BASE + '/wiki/There?x=1'
    assert journey.user() == 'bob'


@pytest.mark.parametrize('hint', [u'bob', u'bob@example.org', u'žofie', u'a+b &=?#%/', u'x' * 255,
                                  u'\u738b\u5c0f\u660e', u'<script>', u'{{x}}'])
def test_a_hint_is_handed_on_as_it_came(hint, visitor, hostile):  # noqa: F811
    response = begin(visitor(), hostile.issuer, 303, login_hint=hint.encode('utf-8'))
    assert asked(response.location)['login_hint'] == hint


def test_an_empty_hint_and_unknown_parameters_are_left_out(visitor, hostile):  # noqa: F811
    response = begin(visitor(), hostile.issuer, 303, login_hint='', prompt='none', scope='x',
                     redirect_uri='https://evilmark.example/', state='x', evilmark='1')
    sent = asked(response.location)
    assert set(sent) == set(['response_type', 'client_id', 'redirect_uri', 'scope', 'state',
                             'nonce', 'code_challenge', 'code_challenge_method'])
    assert sent['redirect_uri'] == BASE + '/oidc/callback'
    assert MARK not in response.location


TARGETS = table(
    ('a path', '/wiki/A', '/wiki/A'), ('a query', BASE + '/ticket/1?a=b', '/ticket/1?a=b'),
    ('this site alone', BASE, '/'), ('none', '', '/'),
    ('a fragment', BASE + '/wiki/A#b', '/wiki/A'),
    ('the door', BASE + '/login', '/'), ('the way out', '/logout', '/'),
    ('an endpoint', BASE + '/oidc/callback?code=x', '/'),
    ('this very address', BASE + LOGIN + '?iss=x', '/'),
)


@TARGETS
def test_a_sign_in_ends_where_it_was_asked_to(case, visitor, hostile):  # noqa: F811
    target, end = case
    journey = visitor()
    location = begin(journey, hostile.issuer, 303, target_link_uri=target).location
    assert journey.callback(journey.authorize(location)).location == BASE + end


def test_who_is_signed_in_goes_straight_there(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    requests = len(hostile.requests)
    response = begin(journey, hostile.issuer, 303, target_link_uri='/wiki/There')
    assert response.location == BASE + '/wiki/There'
    assert len(hostile.requests) == requests


def of(**changes):
    """The query of a request with these parameters; those of None are left out."""
    def query(issuer):
        return urlencode(sorted((name, value) for name, value in dict(
            {'iss': issuer}, **changes).items() if value is not None))
    return query


def raw(text):
    return lambda issuer: text % quote(issuer, safe='')


def elsewhere(*targets):
    return tuple(('target %d' % number, of(target_link_uri=target), 'target_link_uri')
                 for number, target in enumerate(targets))


REFUSED = (
    ('no parameter', raw('%.0s'), 'login_issuer'),
    ('no iss', of(iss=None, login_hint='x'), 'login_issuer'),
    ('iss empty', of(iss=''), 'login_issuer'),
    ('iss of another', of(iss='https://evilmark.example'), 'login_issuer'),
    ('iss with a slash', raw('iss=%s/'), 'login_issuer'),
    ('iss with a space', raw('iss=%s%%20'), 'login_issuer'),
    ('iss with a line break', raw('iss=%s%%0Areference=00000000'), 'login_issuer'),
    ('iss with a NUL', raw('iss=%s%%00'), 'login_issuer'),
    ('iss with a query', raw('iss=%s?x'), 'login_issuer'),
    ('iss in upper case', lambda issuer: urlencode({'iss': issuer.upper()}), 'login_issuer'),
    ('iss no UTF-8', raw('iss=%%ff%s'), 'login_issuer'),
    ('iss twice', raw('iss=%s&iss=x'), 'duplicate'),
    ('iss twice in two spellings', raw('iss=%s&%%69ss=x'), 'duplicate'),
    ('login_hint twice', raw('iss=%s&login_hint=a&login_hint=b'), 'duplicate'),
    ('target twice', raw('iss=%s&target_link_uri=/a&target_link_uri=/b'), 'duplicate'),
    ('unknown twice', raw('iss=%s&x=1&x=2'), 'duplicate'),
    ('hint of 256 characters', of(login_hint='x' * 256), 'login_hint'),
    ('hint of 7000 characters', of(login_hint='x' * 7000), 'login_hint'),
    ('hint with a line break', of(login_hint='a\r\nevilmark: x'), 'login_hint'),
    ('hint with a NUL', of(login_hint='a\0'), 'login_hint'),
    ('hint with a tab', of(login_hint='a\tb'), 'login_hint'),
    ('hint with an escape', of(login_hint='\x1b[2J'), 'login_hint'),
    ('hint with a delete', of(login_hint='\x7f'), 'login_hint'),
    ('hint with a C1 control', raw('iss=%s&login_hint=%%c2%%85'), 'login_hint'),
    ('hint with a line separator', raw('iss=%s&login_hint=%%e2%%80%%a8'), 'login_hint'),
    ('hint no UTF-8', raw('iss=%s&login_hint=%%ff'), 'login_hint'),
    ('hint in Latin-1', raw('iss=%s&login_hint=%%e9'), 'login_hint'),
    ('a query of 9000 bytes', of(x='y' * 9000), 'query_size'),
) + elsewhere(
    'https://evilmark.example/', '//evilmark.example/', '/\\evilmark.example',
    '/%5Cevilmark.example', '/\t/evilmark.example', '/%09/evilmark.example',
    'javascript:evilmark()', 'data:text/html,evilmark', 'evilmark', 'wiki/A', 'trac.example.org',
    'http://trac.example.org.evilmark.example/', 'http://trac.example.org@evilmark.example/',
    'http://evilmark@trac.example.org/', 'http://trac.example.org:81/',
    'ftp://trac.example.org/', 'http:/wiki', 'http:wiki', 'http:///wiki', '///evilmark.example',
    '/wiki\r\nSet-Cookie: evilmark=1', '/wiki%0d%0aevilmark', '/wiki/../../evilmark',
    '/%2e%2e/evilmark', 'http://[::1/', 'http://trac.example.org:x/', '/' + 'x' * 1600)


@pytest.mark.parametrize('method', ['GET', 'POST'])
@table(*REFUSED)
def test_what_no_honest_site_asks_for_begins_nothing(
        case, method, visitor, hostile, caplog):  # noqa: F811
    query, reason = case
    journey = visitor()
    query = query(hostile.issuer)
    if method == 'GET':
        response = journey.web.get(LOGIN + '?' + query, status='*')
    elif reason == 'query_size':
        query = query.ljust(65537, 'x')
        response = journey.web.post(LOGIN, query, content_type=FORM, status='*')
        reason = 'form_size'
    else:
        response = journey.web.post(LOGIN, query, content_type=FORM, status='*')
    assert 'Location' not in response.headers and 'Set-Cookie' not in response.headers
    assert_refused(journey, response, caplog, reason)
    assert response.status_int == 400
    assert hostile.requests == []


FORMS = table(
    ('JSON', 'application/json', 'form_type'), ('text', 'text/plain', 'form_type'),
    ('multipart', 'multipart/form-data; boundary=x', 'form_type'), ('no type', '', 'form_type'))


@FORMS
def test_only_a_form_can_be_posted(case, visitor, hostile, caplog):  # noqa: F811
    kind, reason = case
    journey = visitor()
    response = journey.web.post(LOGIN, urlencode({'iss': hostile.issuer}), status='*',
                                headers={'Content-Type': kind})
    assert_refused(journey, response, caplog, reason)


@pytest.mark.parametrize('method', ['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
def test_other_methods_begin_nothing(method, visitor, hostile, caplog):  # noqa: F811
    response = visitor().web.request('%s?iss=%s' % (LOGIN, hostile.issuer), method=method,
                                     status='*')
    assert (response.status_int, response.headers['Allow']) == (405, 'GET, POST')
    assert 'reason=method' in caplog.text
    assert hostile.requests == []


def test_a_page_that_refuses_cannot_be_framed(visitor, hostile, caplog):  # noqa: F811
    response = begin(visitor(), 'https://evilmark.example')
    assert reason_of(response, caplog) == 'login_issuer'
    assert "frame-ancestors 'none'" in response.headers['Content-Security-Policy']
    assert_tells_nothing(response)


def test_a_sign_in_that_fails_can_be_begun_again(visitor, hostile, caplog):  # noqa: F811
    hostile.login_as = None
    journey = visitor()
    location = begin(journey, hostile.issuer, 303, target_link_uri='/wiki/There').location
    response = journey.callback(journey.authorize(location))
    assert_refused(journey, response, caplog, 'access_denied')
    assert 'href="/login"' in response.text


# Many environments

@pytest.fixture
def many(many_settings, clock):
    return Journey(many_settings, clock)


@pytest.mark.parametrize('target, end, again', [
    ('', '/', None), (BASE, '/', None), ('/', '/', None), ('/one', '/one', '/one/login'),
    ('/one/wiki/A?b=c', '/one/wiki/A?b=c', '/one/login'),
    (BASE + '/two/ticket/1', '/two/ticket/1', '/two/login'),
    ('/one/login', '/', None), ('/two/logout', '/', None), ('/oidc/signed-out', '/', None)])
def test_among_many_environments_the_target_says_which(target, end, again, many, provider):
    response = begin(many, provider.issuer, 303, target_link_uri=target)
    answer = many.authorize(response.location)
    again = again or LOGIN + '?iss=' + quote(provider.issuer, safe='')
    refused = many.callback(answer.replace('iss=', 'iss=x'))
    assert 'href="%s"' % again in refused.text
    response = many.web.get(again, status=303)
    assert response.location.startswith(provider.issuer)
    location = begin(many, provider.issuer, 303, target_link_uri=target).location
    assert many.callback(many.authorize(location)).location == BASE + end
    assert many.user('/one/wiki') == 'alice'


def test_below_a_prefix_the_target_has_to_be_below_it_too(visitor, hostile, caplog):  # noqa: F811
    journey = visitor(TRAC_BASE_URL=BASE + '/trac')
    response = begin(journey, hostile.issuer, target_link_uri=BASE + '/elsewhere')
    assert reason_of(response, caplog) == 'target_link_uri'
    response = begin(journey, hostile.issuer, 303, target_link_uri=BASE + '/trac/wiki/A')
    assert journey.callback(journey.authorize(response.location)[len('/trac'):]).location == \
        BASE + '/trac/wiki/A'
