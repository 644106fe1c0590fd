# -*- coding: utf-8 -*-
"""Many sign-ins at once, through two server processes that share nothing but a session store."""
import itertools
import re

import pytest

from support.browser import Browser, CookieJar
from support.crowd import at_once
from support.journey import SECRET, Journey
from support.provider import Provider
from support.serving import Front, TracServer
from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind)
from support.visitor import user

CROWD = 50
PEOPLE = dict((u'person-%d' % number, {
    'preferred_username': u'person-%d' % number, 'name': u'Person %d' % number,
    'groups': []}) for number in range(CROWD))

ROUNDS = 20  # of the same answer from several sides


@pytest.fixture
def provider():
    """A provider that lets in whoever a login_hint names."""
    with Provider(client_id='trac', client_secret=SECRET, users=PEOPLE) as running:
        yield running


@pytest.fixture
def servers(settings, kind):  # noqa: F811
    """Two server processes with one store, of each kind."""
    settings = dict(settings, TRAC_OIDC_SESSION_STORE=kind.url)
    with TracServer(settings) as here, TracServer(settings) as there:
        yield here, there
        assert 'Traceback' not in here.log() + there.log()


class InTurn(Front):
    """A front that sends each request to the next server."""

    def __init__(self, servers):
        self._servers = itertools.cycle(servers)
        Front.__init__(self)

    @property
    def target(self):
        return next(self._servers)

    @target.setter
    def target(self, server):
        pass


def enter(browser, base, provider, name):
    """Sign this person in, as a portal begins it; return the page in the end."""
    return browser.get('%s/oidc/login?iss=%s&target_link_uri=/wiki&login_hint=%s'
                       % (base, provider.issuer, name))


def session_of(browser):
    """The value of the session's cookie."""
    value, = [cookie.value for cookie in browser.jar.live()
              if re.match(r'trac_oidc_[0-9a-f]{8}\Z', cookie.name)]
    return value


def test_fifty_sign_ins_at_once_bring_in_fifty_different_people(servers, provider):
    browsers = [Browser() for _ in range(CROWD)]
    names = ['person-%d' % number for number in range(CROWD)]
    with InTurn(servers) as front:
        pages = at_once(CROWD, lambda number: enter(
            browsers[number], front.url, provider, names[number]))
    assert [page.url for page in pages] == [front.url + '/wiki'] * CROWD
    assert [user(page) for page in pages] == names
    assert len(set(session_of(browser) for browser in browsers)) == CROWD
    # Each process knows everybody, and takes nobody for another, when all ask at once.
    for server in servers:
        assert at_once(CROWD, lambda number: user(
            browsers[number].get(server.url + '/wiki'))) == names
    assert not any('reference=' in server.log() for server in servers)
    assert provider.count('/token') == provider.count('/userinfo') == CROWD


def test_who_signs_out_while_others_do_signs_out_nobody_else(servers, provider):
    names = ['person-%d' % number for number in range(16)]
    browsers = [Browser() for _ in names]
    with InTurn(servers) as front:
        at_once(16, lambda number: enter(browsers[number], front.url, provider, names[number]))

        def leave(number):
            form = browsers[2 * number].get(front.url + '/wiki').form('logout')
            return browsers[2 * number].submit(form).status
        assert at_once(8, leave) == [200] * 8
        assert at_once(16, lambda number: user(browsers[number].get(front.url + '/wiki'))) == [
            name if number % 2 else None for number, name in enumerate(names)]
    assert len(set(provider.revoked)) == 8


# The same answer, several times at once

def copy_of(browser):
    """Another browser with the same cookies in a jar of its own."""
    jar = CookieJar()
    jar._cookies = list(browser.jar._cookies)
    return Browser(jar=jar)


def answer_for(base, provider, name):
    """A browser with a sign-in under way, and the address that the provider sends it to."""
    browser = Browser()
    page = browser.get('%s/oidc/login?iss=%s&login_hint=%s' % (base, provider.issuer, name),
                       follow=False)
    return browser, browser.get(page.header('Location'), follow=False).header('Location')


def assert_one_wins(pages, logs):
    """One is signed in; each of the others is told why not, and its reason is in a log."""
    won = [page for page in pages if page.status == 303]
    lost = [page for page in pages if page.status != 303]
    assert len(won) == 1 and len(lost) == len(pages) - 1, [page.status for page in pages]
    for page in lost:
        assert page.status == 400 and u'This sign-in was already finished' in page.text
        assert not any(re.match(r'trac_oidc_[0-9a-f]{8}=[^;]', value)
                       for value in page.headers_named('Set-Cookie'))
        reference = re.search('Reference: <code>([0-9a-f]{8})</code>', page.text).group(1)
        assert 'reference=%s reason=state_used' % reference in logs()
    return won[0]


@pytest.mark.parametrize('doors', [(0, 0), (0, 1), (0, 0, 1, 1)],
                         ids=['one-process', 'two-processes', 'twice-at-each'])
def test_of_one_answer_that_comes_several_times_at_once_one_wins(doors, servers, provider):
    base = servers[0].url
    for turn in range(ROUNDS):
        name = 'person-%d' % turn
        browser, answer = answer_for(base, provider, name)
        tabs = [copy_of(browser) for _ in doors]

        def bring(number):
            # The other process is behind the same address.
            address = answer.replace(base, servers[doors[number]].url)
            return tabs[number].get(address, {'Host': base.partition('//')[2]}, follow=False)
        pages = at_once(len(doors), bring)
        winner = assert_one_wins(pages, lambda: servers[0].log() + servers[1].log())
        assert user(tabs[pages.index(winner)].get(base + '/wiki')) == name
        assert provider.count('/token') == turn + 1, 'a code went out twice'


def test_of_one_answer_that_comes_twice_to_threads_of_one_process_one_wins(
        settings, provider, clock, kind, log):  # noqa: F811
    journey = Journey(dict(settings, TRAC_OIDC_SESSION_STORE=kind.url), clock)
    for turn in range(ROUNDS):
        provider.login_as = u'person-%d' % turn
        target = journey.authorize(journey.login())
        cookies = '; '.join('%s=%s' % pair for pair in journey.cookies.items())
        responses = at_once(4, lambda _: journey.another_browser().web.get(
            target, extra_environ={'HTTP_COOKIE': cookies}, status='*'))
        assert sorted(response.status_int for response in responses) == [303, 400, 400, 400]
        for response in responses:
            assert (u'This sign-in was already finished' in response.text) == (
                response.status_int == 400)
        assert provider.count('/token') == turn + 1
        journey.web.reset()
    assert log().count('reason=state_used') == 3 * ROUNDS
