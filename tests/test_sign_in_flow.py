# -*- coding: utf-8 -*-
"""Sign-in through the composed application, with a real Trac."""

from journey import Journey
from provider import Provider


def test_sign_in_and_out(journey, provider):
    assert journey.user() is None
    response = journey.sign_in(Referer='http://trac.example.org/wiki?x=1')
    assert (response.status_int, response.location) == (303, 'http://trac.example.org/wiki?x=1')
    assert journey.user() == 'alice'
    response = journey.logout()
    assert response.location.startswith(provider.issuer + '/end_session?')
    assert journey.user() is None


def test_a_non_ascii_user_name_arrives_intact(journey, provider):
    provider.login_as = 'zofie'
    journey.sign_in()
    assert journey.user() == u'žofie'


def test_a_session_of_another_issuer_is_nobodys(journey, settings, clock, provider, tmpdir):
    shared = dict(settings, TRAC_OIDC_SESSION_STORE='sqlite://' + str(tmpdir.join('shared.db')))
    here = Journey(shared, clock)
    here.sign_in()
    secret = [value for name, value in here.cookies.items() if name.count('_') == 2][0]
    with Provider() as other:
        there = Journey(dict(shared, TRAC_OIDC_ISSUER=other.issuer), clock)
        there.sign_in()
        name = [name for name in there.cookies if name.count('_') == 2][0]
        assert there.user() == 'alice'
        there.web.set_cookie(name, secret)
        assert there.user() is None
