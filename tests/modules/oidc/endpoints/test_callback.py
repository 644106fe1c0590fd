# -*- coding: utf-8 -*-
"""The redirect URI: which sign-in an answer is for, and what becomes of it."""
import re

import pytest

from support.oidc_request import oidc_request
from trac_unit._compat import urlencode
from trac_unit.errors import SignInRefused, StoreError, TransactionError
from trac_unit.oidc.browser.addresses import Addresses
from trac_unit.oidc.browser.request import MethodNotAllowed
from trac_unit.oidc.browser.transaction import Transaction
from trac_unit.oidc.endpoints.callback import Callback

HERE = 'https://trac.example.org'


class Parties(object):
    """All that the endpoint asks: each notes what it was asked, and fails with `error` at `at`."""

    at = error = None

    def __init__(self, mode='query', many=False, **transaction):
        self.response_mode = mode
        self.asked = []
        self.transaction = Transaction(*[transaction.get(name, usual) for name, usual in (
            ('return_to', '/wiki'), ('login_path', '/login'),
            ('redirect_uri', HERE + '/oidc/callback'))])
        self.callback = Callback(self, self, self, Addresses('/oidc', many), lambda: 7)

    def _note(self, name, *arguments):
        self.asked.append(name)
        if self.at == name:
            raise self.error
        return arguments

    def open(self, cookies, state, now):
        self._note('open')
        assert (state, now) == (self.transaction.state, 7)
        return self.transaction

    def complete(self, answer, transaction):
        self._note('complete')
        assert transaction is self.transaction
        return 'session of ' + answer['code']

    def start(self, visit, response, session):
        self._note('start')
        assert session == 'session of x'
        response.headers['Set-Cookie'] = 'session=1'

    def forget(self, transaction, cookies, response):
        self._note('forget')

    def answer(self, method=None, base_url=HERE, **parameters):
        encoded = urlencode(dict({'state': self.transaction.state, 'code': 'x'}, **parameters))
        if self.response_mode == 'form_post':
            return self.callback(oidc_request(
                '/oidc/callback', method or 'POST', base_url=base_url,
                form=encoded.encode('ascii')))
        return self.callback(oidc_request('/oidc/callback', method or 'GET', encoded, base_url))


def links(response):
    return re.findall('href="([^"]*)"', response.text)


@pytest.mark.parametrize('mode', ['query', 'form_post'])
def test_a_good_answer_signs_in_and_leads_back(mode):
    parties = Parties(mode)
    response = parties.answer()
    assert (response.status_int, response.location) == (303, HERE + '/wiki')
    assert response.headers['Set-Cookie'] == 'session=1'
    assert parties.asked == ['open', 'complete', 'start', 'forget']


@pytest.mark.parametrize('mode, method', [
    ('query', 'POST'), ('query', 'HEAD'), ('query', 'PUT'), ('form_post', 'GET'),
    ('form_post', 'HEAD'), ('form_post', 'post')])
def test_an_answer_by_another_method_uses_nothing_up(mode, method):
    parties = Parties(mode)
    with pytest.raises(MethodNotAllowed) as caught:
        parties.answer(method)
    assert caught.value.reason == 'method' and parties.asked == []


def test_where_a_form_is_expected_the_query_does_not_count(log):
    parties = Parties('form_post')
    response = parties.callback(oidc_request('/oidc/callback', 'POST', form=b'', query=urlencode(
        {'state': parties.transaction.state, 'code': 'x'})))
    assert response.status_int == 400 and 'reason=state_missing ' in log()
    assert parties.asked == []


@pytest.mark.parametrize('return_to', [
    'https://evil.example/', '//evil.example', '/\\evil.example', '', 'javascript:x', '/x\r\ny',
    '/' + 'x' * 2000])
def test_the_way_back_is_judged_once_more(return_to):
    assert Parties(return_to=return_to).answer().location == HERE + '/'


def test_an_answer_at_another_address_than_was_agreed_on_signs_nobody_in(log):
    parties = Parties()
    response = parties.answer(base_url='https://evil.example')
    assert response.status_int == 400 and 'reason=redirect_uri ' in log()
    assert parties.asked == ['open', 'forget']
    assert 'evil' not in response.text


def test_the_transaction_of_a_sign_out_signs_nobody_in(log):
    parties = Parties(redirect_uri=HERE + '/oidc/signed-out')
    assert parties.answer().status_int == 400 and 'reason=redirect_uri ' in log()
    assert parties.asked == ['open', 'forget']


@pytest.mark.parametrize('many, expected', [(False, ['/login', '/']), (True, ['/'])])
def test_an_answer_to_no_sign_in_of_this_browser_has_a_way_on(many, expected, log):
    parties = Parties(many=many)
    parties.at, parties.error = 'open', TransactionError('state_unknown', 'expected another')
    response = parties.answer()
    assert response.status_int == 400 and 'reason=state_unknown ' in log()
    assert links(response) == expected
    assert parties.asked == ['open']


@pytest.mark.parametrize('query', ['', 'code=x', 'state=x', 'state=' + 'x' * 9000,
                                   'state=a&state=b', '\xff=%ff', 'error=access_denied'])
def test_what_is_no_answer_is_a_page_and_asks_for_nothing(query):
    parties = Parties()
    response = parties.callback(oidc_request('/oidc/callback', query=query))
    assert response.status_int == 400 and links(response) == ['/login', '/']
    assert parties.asked == []


@pytest.mark.parametrize('at, error, status, reason', [
    ('complete', SignInRefused('access_denied', 'expected a code'), 403, 'access_denied'),
    ('complete', StoreError('store', 'expected a store'), 503, 'store'),
    ('start', StoreError('store', 'expected a store'), 503, 'store')])
def test_a_sign_in_that_fails_can_be_begun_again_and_is_forgotten(at, error, status, reason, log):
    parties = Parties(login_path='/one/login', many=True)
    parties.at, parties.error = at, error
    response = parties.answer(base_url=HERE)
    assert response.status_int == status and 'reason=%s ' % reason in log()
    assert links(response) == ['/one/login', '/']
    assert parties.asked[-1] == 'forget'
    assert 'Set-Cookie' not in response.headers
