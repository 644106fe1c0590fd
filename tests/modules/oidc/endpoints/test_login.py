# -*- coding: utf-8 -*-
"""Where a sign-in begins: by whom, and to which page it leads in the end."""
import re

import pytest

from support.form_post import FORM
from support.oidc_request import oidc_request
from trac_unit._compat import quote, urlencode
from trac_unit.errors import BadRequest, ProviderError
from trac_unit.oidc.browser.addresses import Addresses
from trac_unit.oidc.browser.request import MethodNotAllowed
from trac_unit.oidc.endpoints.login import Login, ThirdPartyLogin

ISSUER = u'https://id.example.org'
HERE = 'https://trac.example.org'


class SignIn(object):
    """Notes what begins; the provider is away if `away`."""

    away = False

    def __init__(self):
        self.begun = []

    def begin(self, return_to, login_path, redirect_uri, login_hint=None):
        if self.away:
            raise ProviderError('unreachable', 'expected an answer, got none')
        self.begun.append((return_to, login_path, redirect_uri, login_hint))
        return ISSUER + '/authorize?state=x', 'transaction'


class Transactions(object):
    def __init__(self):
        self.added = []

    def add(self, transaction, cookies, response, now):
        self.added.append((transaction, now))


class Sessions(object):
    """Somebody is signed in, or nobody."""

    somebody = None

    def current(self, visit):
        return self.somebody


class Doors(object):
    """Both ways in, and all that they use."""

    def __init__(self, many):
        self.sign_in, self.transactions, self.sessions = SignIn(), Transactions(), Sessions()
        addresses = Addresses('/oidc', many)
        self.login = Login(self.sign_in, self.transactions, self.sessions, addresses, lambda: 7)
        self.third = ThirdPartyLogin(self.login, ISSUER, addresses)


@pytest.fixture
def logins():
    return Doors(many=False)


@pytest.fixture
def many():
    return Doors(many=True)


def links(response):
    return re.findall('href="([^"]*)"', response.text)


# Trac's Login

def test_a_browser_is_sent_to_the_provider_and_the_sign_in_remembered(logins):
    response = logins.login(oidc_request('/login', HTTP_REFERER=HERE + '/wiki?x=1'))
    assert (response.status_int, response.location) == (303, ISSUER + '/authorize?state=x')
    assert logins.sign_in.begun == [('/wiki?x=1', '/login', HERE + '/oidc/callback', None)]
    assert logins.transactions.added == [('transaction', 7)]


def test_who_is_signed_in_goes_straight_back_and_the_provider_is_not_asked(logins):
    logins.sessions.somebody = object()
    assert logins.login(oidc_request('/login', query='referer=/wiki')).location == HERE + '/wiki'
    assert logins.sign_in.begun == logins.transactions.added == []


@pytest.mark.parametrize('query, referer, expected', [
    ('', None, '/'), ('', HERE + '/wiki', '/wiki'), ('referer=/a', HERE + '/wiki', '/a'),
    ('referer=', HERE + '/wiki', '/wiki'), ('referer=%2Fa%3Fb%3Dc', None, '/a?b=c'),
    # Where a parameter is not taken, the header is not either: somebody wanted it elsewhere.
    ('referer=//evil.example', HERE + '/wiki', '/'), ('referer=https://evil.example/', None, '/'),
    ('', 'https://evil.example/', '/'), ('referer=/x&referer=//evil.example', None, '/'),
    ('referer=/login', None, '/'), ('referer=/logout?x', None, '/'),
    ('referer=/oidc/x', None, '/'), ('', HERE + '/login', '/'), ('referer=%ff%00', None, '/'),
    ('referer=/' + 'x' * 9000, None, '/'), ('&' * 9000, HERE + '/wiki', '/wiki')])
def test_a_sign_in_ends_at_a_page_of_this_trac(query, referer, expected, logins):
    environ = {} if referer is None else {'HTTP_REFERER': referer}
    logins.login(oidc_request('/login', query=query, **environ))
    assert logins.sign_in.begun[0][0] == expected


def test_below_a_prefix_it_ends_there(logins):
    for referer, expected in ((HERE + '/trac/wiki', '/trac/wiki'), (HERE + '/wiki', '/trac/'),
                              (HERE + '/trac/login', '/trac/')):
        logins.login(oidc_request('/login', base_url=HERE + '/trac', HTTP_REFERER=referer))
        assert logins.sign_in.begun.pop()[:3] == (expected, '/login', HERE + '/trac/oidc/callback')


def test_among_many_environments_it_ends_and_can_be_begun_again_where_it_began(many):
    asked = oidc_request('/one/login')
    asked.base_path = '/one'
    many.login(asked)
    assert many.sign_in.begun == [('/one/', '/one/login', HERE + '/oidc/callback', None)]


@pytest.mark.parametrize('method', ['POST', 'PUT', 'OPTIONS', 'get', ''])
def test_another_method_begins_nothing(method, logins):
    with pytest.raises(MethodNotAllowed) as caught:
        logins.login(oidc_request('/login', method))
    assert caught.value.reason == 'method' and logins.sign_in.begun == []


def test_with_the_provider_away_there_are_two_ways_on(logins, log):
    logins.sign_in.away = True
    response = logins.login(oidc_request('/login', HTTP_REFERER=HERE + '/wiki'))
    assert response.status_int == 502 and links(response) == ['/login', '/wiki']
    assert logins.transactions.added == []
    assert 'reason=unreachable ' in log()


# A sign-in that a third party begins

def third(logins, method='GET', **parameters):
    parameters = urlencode(dict({'iss': ISSUER}, **parameters))
    if method == 'POST':
        return logins.third(oidc_request('/oidc/login', 'POST', form=parameters.encode('ascii')))
    return logins.third(oidc_request('/oidc/login', query=parameters))


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_a_third_party_begins_a_sign_in_with_the_right_issuer(method, logins):
    hint = u'\u017eofie'.encode('utf-8')
    response = third(logins, method, login_hint=hint, target_link_uri=HERE + '/wiki')
    assert response.location == ISSUER + '/authorize?state=x'
    assert logins.sign_in.begun == [('/wiki', '/login', HERE + '/oidc/callback', u'\u017eofie')]


def test_what_a_third_party_leaves_out_is_the_start_page_and_no_hint(logins):
    for parameters in ({}, {'login_hint': '', 'target_link_uri': ''}):
        third(logins, **parameters)
        assert logins.sign_in.begun.pop() == ('/', '/login', HERE + '/oidc/callback', None)


@pytest.mark.parametrize('parameters, reason', [
    ({'iss': 'https://evil.example'}, 'login_issuer'), ({'iss': ''}, 'login_issuer'),
    ({'iss': ISSUER + '/'}, 'login_issuer'), ({'iss': b'\xff'}, 'login_issuer'),
    ({'target_link_uri': 'https://evil.example/'}, 'target_link_uri'),
    ({'target_link_uri': '//evil.example'}, 'target_link_uri'),
    ({'target_link_uri': 'javascript:alert(1)'}, 'target_link_uri'),
    ({'login_hint': b'\xff'}, 'login_hint'), ({'login_hint': 'x' * 256}, 'login_hint'),
    ({'login_hint': 'a\nb'}, 'login_hint'), ({'login_hint': b'\xe2\x80\xa8'}, 'login_hint'),
    ({'login_hint': '\x7f'}, 'login_hint'), ({'x': 'y' * 9000}, 'query_size')])
def test_what_no_honest_third_party_sends_begins_nothing(parameters, reason, logins, log):
    response = third(logins, **parameters)
    assert response.status_int == 400 and links(response) == ['/']
    assert 'evil' not in response.text
    assert logins.sign_in.begun == []
    assert 'reason=%s ' % reason in log() and len(log().splitlines()) == 1


def test_a_target_that_is_one_of_our_own_doors_is_the_start_page(logins):
    for path in ('/login', '/logout', '/oidc/login', '/oidc/callback?x'):
        third(logins, target_link_uri=HERE + path)
        assert logins.sign_in.begun.pop()[0] == '/'


@pytest.mark.parametrize('target, login_path', [
    ('/one/wiki', '/one/login'), ('/one', '/one/login'),
    ('/', '/oidc/login?iss=' + quote(str(ISSUER), safe='')),
    ('', '/oidc/login?iss=' + quote(str(ISSUER), safe=''))])
def test_among_many_environments_the_target_tells_where_to_begin_again(target, login_path, many):
    third(many, target_link_uri=target and HERE + target)
    assert many.sign_in.begun[0][1] == login_path


def test_a_form_of_another_kind_begins_nothing(logins, log):
    response = logins.third(oidc_request('/oidc/login', 'POST', form=b'iss=x',
                                         CONTENT_TYPE='text/plain'))
    assert response.status_int == 400 and 'reason=form_type ' in log()
    assert FORM not in response.text and logins.sign_in.begun == []


def test_the_third_partys_method_is_get_or_post(logins):
    for method in ('HEAD', 'PUT', 'post'):
        with pytest.raises(BadRequest) as caught:
            logins.third(oidc_request('/oidc/login', method))
        assert caught.value.reason == 'method'
