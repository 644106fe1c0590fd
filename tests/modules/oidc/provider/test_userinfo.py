# -*- coding: utf-8 -*-
"""What the userinfo endpoint says, as JSON or as a signed JWT: read, and whose it is checked."""
import pytest

from trac_unit.errors import ProviderError, TokenError
from trac_unit.oidc.provider.userinfo import ACCEPT, read

ISSUER = u'https://id.example.org'
ALGORITHMS = ('RS256',)


class Provider(object):
    """Verifies one token, and notes what it was asked to."""

    issuer = ISSUER

    def __init__(self, **claims):
        self.claims, self.asked = claims, []

    def verify(self, token, algorithms):
        self.asked.append((token, algorithms))
        return {u'alg': u'RS256'}, self.claims


class Response(object):

    def __init__(self, content, kind=None, status=200):
        self.content, self.status_code = content, status
        self.headers = {} if kind is None else {'Content-Type': kind}


def reason(response, provider=None):
    """Why a response is refused; None if it is not."""
    try:
        assert isinstance(read(response, provider or Provider(), u'trac', ALGORITHMS), dict)
    except (ProviderError, TokenError) as e:
        assert 'evilmark' not in str(e)
        return e.reason


def test_both_forms_are_asked_for():
    assert ACCEPT == 'application/json, application/jwt'


@pytest.mark.parametrize('kind', [None, '', 'application/json', 'application/json; charset=UTF-8',
                                  'text/html', 'application/jwtx', 'application/jose'])
def test_json_is_read_whatever_it_is_called(kind):
    provider = Provider()
    found = read(Response(b'{"sub": "x", "name": "\xc5\xbe"}', kind), provider, 'trac', ALGORITHMS)
    assert found == {u'sub': u'x', u'name': u'\u017e'}
    assert provider.asked == []


@pytest.mark.parametrize('content, status, expected', [
    (b'', 200, 'not_json'), (b'[]', 200, 'not_json'), (b'"evilmark"', 200, 'not_json'),
    (b'a.b.c', 200, 'not_json'), (b'\xff', 200, 'not_json'), (b'[' * 99999, 200, 'not_json'),
    (b'{}', 401, 'status'), (b'{}', 204, 'status'), (b'{}', 500, 'status')])
def test_what_is_no_answer_is_refused(content, status, expected):
    assert reason(Response(content, 'application/json', status)) == expected


@pytest.mark.parametrize('kind', ['application/jwt', 'Application/JWT ; charset=utf-8'])
def test_a_jwt_is_verified_with_the_algorithms_that_are_allowed(kind):
    provider = Provider(sub=u'x')
    found = read(Response(b'head.body.signature', kind), provider, 'trac', ALGORITHMS)
    assert found == {u'sub': u'x'}
    assert provider.asked == [(u'head.body.signature', ALGORITHMS)]


@pytest.mark.parametrize('content, status, expected', [
    (b'a.b.c', 401, 'status'), (b'a.b.c', 201, 'status'), (b'\xff.b.c', 200, 'token_form'),
    (u'\u017e.b.c'.encode('utf-8'), 200, 'token_form'),
    (b'a.b.c.d.evilmark', 200, 'userinfo_encrypted'), (b'....', 200, 'userinfo_encrypted')])
def test_a_jwt_that_cannot_be_one_is_not_verified(content, status, expected):
    provider = Provider()
    assert reason(Response(content, 'application/jwt', status), provider) == expected
    assert provider.asked == []


@pytest.mark.parametrize('claims, expected', [
    ({}, None), ({'iss': ISSUER, 'aud': u'trac'}, None), ({'aud': [u'other', u'trac']}, None),
    ({'iss': ISSUER + u'/'}, 'userinfo_iss'), ({'iss': None}, 'userinfo_iss'),
    ({'iss': [ISSUER]}, 'userinfo_iss'), ({'aud': u'other'}, 'userinfo_aud'),
    ({'aud': u'trac2'}, 'userinfo_aud'), ({'aud': []}, 'userinfo_aud'),
    ({'aud': None}, 'userinfo_aud'), ({'aud': [[u'trac']]}, 'userinfo_aud'),
    ({'aud': {u'trac': 1}}, 'userinfo_aud'), ({'aud': [None, 1]}, 'userinfo_aud')])
def test_a_jwt_that_says_it_is_for_others_is_refused(claims, expected):
    assert reason(Response(b'a.b.c', 'application/jwt'), Provider(**claims)) == expected


def test_what_the_verification_refuses_is_refused():
    class Refuses(Provider):
        def verify(self, token, algorithms):
            raise TokenError('signature', 'expected a signature of the provider, got another')

    assert reason(Response(b'a.b.c', 'application/jwt'), Refuses()) == 'signature'
