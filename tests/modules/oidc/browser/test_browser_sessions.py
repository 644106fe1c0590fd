# -*- coding: utf-8 -*-
"""Which session a browser has: found by its cookie, begun afresh, ended, forgotten."""
import re

import pytest
from webob import Response

from support.oidc_request import oidc_request
from support.store_kinds import LIFETIME, NOW, session
from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)
from trac_unit.errors import StoreError
from trac_unit.oidc.browser.browser_sessions import BrowserSessions
from trac_unit.oidc.session.tokens import Tokens


@pytest.fixture
def store(sqlite_kind):  # noqa: F811
    return sqlite_kind.open()


class Broken(object):
    """A store that is out."""

    def __getattr__(self, name):
        def fails(*args):
            raise StoreError('store', 'expected a store, got none')
        return fails


class Recheck(object):
    """Notes what it is asked; the provider's answer is `answer`."""

    def __init__(self, answer=None):
        self.answer, self.asked = answer, []

    def session_after(self, secret, session):
        self.asked.append((secret, session.identity.username))
        return self.answer


def sessions_of(store, recheck=None):
    return BrowserSessions(store, lambda: NOW, LIFETIME, recheck)


def with_cookie(secret):
    return oidc_request(HTTP_COOKIE='%s=%s' % (oidc_request().cookies.name, secret))


def cookies_of(response):
    return response.headers.getall('Set-Cookie')


def test_a_browser_without_a_cookie_is_nobodys_and_asks_no_store():
    for environ in ({}, {'HTTP_COOKIE': ''}, {'HTTP_COOKIE': 'other=x; trac_auth=y'},
                    {'HTTP_COOKIE': oidc_request().cookies.name + '='}):
        for ask in (sessions_of(Broken()).current, sessions_of(Broken(), Recheck()).confirmed):
            assert ask(oidc_request(**environ)) is None


def test_a_live_session_is_found_by_its_secret_alone(store):
    store.add('secret', session())
    sessions = sessions_of(store)
    assert sessions.current(with_cookie('secret')).identity.username == u'alice'
    for other in ('Secret', 'secret2', 'x' * 5000, '%'):
        assert sessions.current(with_cookie(other)) is None
    assert BrowserSessions(store, lambda: NOW + LIFETIME, LIFETIME).current(
        with_cookie('secret')) is None


def test_a_store_that_is_out_makes_nobody_anonymous():
    for ask in (sessions_of(Broken()).current, sessions_of(Broken()).confirmed):
        with pytest.raises(StoreError):
            ask(with_cookie('secret'))


def test_the_provider_is_asked_about_who_is_signed_in_and_its_answer_counts(store):
    store.add('secret', session())
    answer = session(u'bob')
    recheck = Recheck(answer)
    assert sessions_of(store, recheck).confirmed(with_cookie('secret')) is answer
    assert sessions_of(store, Recheck(None)).confirmed(with_cookie('secret')) is None
    assert sessions_of(store, recheck).confirmed(with_cookie('another')) is None
    assert recheck.asked == [('secret', u'alice')]


def test_only_who_acts_as_that_person_has_the_provider_asked(store):
    store.add('secret', session())
    recheck = Recheck(None)
    assert sessions_of(store, recheck).current(with_cookie('secret')) is not None
    assert recheck.asked == []


def test_each_sign_in_has_a_fresh_secret_in_a_cookie_of_a_sessions_lifetime(store):
    sessions, secrets = sessions_of(store), set()
    for _ in range(2):
        response = Response()
        sessions.start(oidc_request(), response, session())
        cookie, = cookies_of(response)
        name, secret = re.match('([^=]*)=([^;]*)', cookie).groups()
        assert name == oidc_request().cookies.name and len(secret) == 43
        assert 'Max-Age=%d;' % LIFETIME in cookie
        assert sessions.current(with_cookie(secret)).identity.username == u'alice'
        secrets.add(secret)
    assert len(secrets) == 2


def test_a_secret_that_was_there_before_is_not_taken_over_and_its_session_ends(store):
    store.add('planted', session(u'mallory'))
    response = Response()
    sessions_of(store).start(with_cookie('planted'), response, session())
    assert 'planted' not in cookies_of(response)[0]
    assert store.get('planted', NOW) is None
    assert [each.identity.username for each in store.sessions(NOW)] == [u'alice']


def test_a_session_that_cannot_be_kept_gives_no_cookie():
    response = Response()
    with pytest.raises(StoreError):
        sessions_of(Broken()).start(oidc_request(), response, session())
    assert cookies_of(response) == []


@pytest.mark.parametrize('recheck, refresh_token, warned', [
    (None, None, False), (Recheck(), u'refresh', False), (Recheck(), None, True)])
def test_a_session_that_cannot_be_confirmed_later_is_warned_of(
        recheck, refresh_token, warned, store, caplog):
    begun = session()
    begun.tokens = Tokens(u'marked-id-token', u'marked-access', refresh_token)
    sessions_of(store, recheck).start(oidc_request(), Response(), begun)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == warned
    assert all(line.startswith('reason=refresh_token_missing ') and 'offline_access' in line
               and 'sub-alice' in line and 'marked' not in line for line in said)


def test_an_ended_session_is_gone_and_no_other(store):
    store.add('one', session())
    store.add('two', session(u'bob'))
    sessions_of(store).end(with_cookie('one'))
    assert store.get('one', NOW) is None and store.get('two', NOW) is not None
    with pytest.raises(StoreError):
        sessions_of(Broken()).end(with_cookie('two'))


def test_a_browser_is_told_to_forget_the_cookie_it_has():
    response = Response()
    sessions_of(Broken()).forget(with_cookie('secret'), response)
    cookie, = cookies_of(response)
    assert cookie.startswith(oidc_request().cookies.name + '=;') and 'Max-Age=0' in cookie
    assert 'secure' in cookie.lower().split('; ')
