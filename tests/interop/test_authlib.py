# -*- coding: utf-8 -*-
"""Journeys against a provider that is made with Authlib's own server."""
import sys

import pytest

from support.interop_site import CALLBACK, INTERVAL, certificate, site  # noqa: F401 (fixtures)
from support.jws import new_key
from support.serving import Unavailable, skip_unless_required
from support.visitor import create_ticket, press_login, press_logout, reporter, user

pytestmark = pytest.mark.interop

SECRET = 'a secret: 100% of it + more, with some to spare'
KEYS = {'RS256': new_key(None), 'ES256': new_key(None, 'ES256')}


@pytest.fixture
def start(certificate, site):  # noqa: F811
    """A function that starts the provider for a client, and Trac with further settings."""
    if sys.version_info[0] == 2:
        skip_unless_required(Unavailable('Authlib has another server on Python 2.7'))
    try:
        from support.authlib_provider import AuthlibProvider
    except ImportError as e:
        skip_unless_required(Unavailable(str(e)))
    running = []

    def start(client=None, settings=None):
        client = dict({'token_endpoint_auth_method': 'client_secret_basic', 'secret': SECRET},
                      **client or {})
        provider = AuthlibProvider(certificate, site.url, {
            u'alice': {'preferred_username': u'alice', 'name': u'Alice'},
            u'zofie': {'preferred_username': u'žofie', 'name': u'Žofie Nováková'}}, client)
        running.append(provider.__enter__())
        if client['token_endpoint_auth_method'].startswith('client_secret'):
            settings = dict({'CLIENT_SECRET': SECRET}, **settings or {})
        site.start(provider.url, CLIENT_AUTH=client['token_endpoint_auth_method'],
                   RECHECK='%ds' % INTERVAL, **settings or {})
        return provider
    yield start
    for provider in running:
        provider.__exit__()


def signed_in(site, login):  # noqa: F811
    """A new browser in which somebody signed in."""
    browser = site.browser()
    page = press_login(browser, site.url)
    page = browser.submit(page.form(), login=login)
    assert page.url == site.url + '/wiki', page.text
    return browser


def who(browser, site):  # noqa: F811
    return user(browser.get(site.url + '/wiki'))


@pytest.mark.parametrize('method, alg', [
    ('client_secret_basic', None), ('client_secret_post', None), ('client_secret_jwt', None),
    ('private_key_jwt', 'RS256'), ('private_key_jwt', 'ES256'), ('none', None)])
def test_the_journey_with_each_client_authentication(
        start, site, tmpdir, method, alg):  # noqa: F811
    client, settings = {'token_endpoint_auth_method': method}, {}
    if alg:
        tmpdir.join('client.pem').write_binary(KEYS[alg].pem())
        client['jwks'] = {'keys': [dict(KEYS[alg].jwk(), kid=KEYS[alg].thumbprint())]}
        settings['CLIENT_KEY_FILE'] = str(tmpdir.join('client.pem'))
    provider = start(client, settings)
    shown = 'client_assertion_jwt' if method.endswith('_jwt') else method
    browser = signed_in(site, u'zofie')
    assert reporter(create_ticket(browser, site.url, u'Čaj došel')) == u'žofie'
    site.wait()
    assert who(browser, site) == u'žofie'
    page = press_logout(browser, site.url)
    assert u'and at your identity provider' in page.text
    assert provider.events == [
        'grant authorization_code ' + shown, 'grant refresh_token ' + shown,
        'revoked refresh_token', 'signed out']
    assert len(provider.assertions) == (3 if shown == 'client_assertion_jwt' else 0)
    assert who(browser, site) is None
    assert site.refusals() == []


def test_a_secret_that_is_wrong_signs_nobody_in(start, site):  # noqa: F811
    start(settings={'CLIENT_SECRET': 'another'})
    browser = site.browser()
    page = browser.submit(press_login(browser, site.url).form(), login=u'alice')
    assert page.status == 502, page.text
    assert ['invalid_client' in line for line in site.refusals()] == [True]
    assert who(browser, site) is None


def test_who_declines_stays_anonymous(start, site):  # noqa: F811
    start()
    browser = site.browser()
    page = browser.submit(press_login(browser, site.url).form(), login=u'')
    assert (page.status, page.url.partition('?')[0]) == (403, site.url + CALLBACK)
    # Authlib tells the issuer with errors too (RFC 9207 section 2).
    assert 'iss=' in page.url and 'declined' in page.text
    assert who(browser, site) is None


def test_userinfo_can_be_signed(start, site):  # noqa: F811
    start({'userinfo_signed_response_alg': 'RS256'})
    assert who(signed_in(site, u'alice'), site) == 'alice'


def test_new_keys_of_a_provider_that_names_none_need_no_restart(start, site):  # noqa: F811
    provider = start()
    before = signed_in(site, u'alice')
    provider.rotate()
    assert who(signed_in(site, u'alice'), site) == 'alice'
    site.wait()
    assert who(before, site) == 'alice'
    assert site.refusals() == []


def test_what_the_provider_says_at_a_refresh_counts(start, site):  # noqa: F811
    provider = start()
    browser, other = signed_in(site, u'alice'), signed_in(site, u'zofie')
    provider.people[u'alice']['preferred_username'] = u'alice.liddell'
    del provider.people[u'zofie']
    site.wait()
    assert [who(browser, site), who(other, site)] == ['alice.liddell', None]


def test_a_refresh_token_that_was_revoked_elsewhere_ends_the_session(start, site):  # noqa: F811
    provider = start()
    browser = signed_in(site, u'alice')
    for token in provider.tokens:
        token.revoked = True
    assert who(browser, site) == 'alice'
    site.wait()
    assert who(browser, site) is None
    assert ['reason=invalid_grant ended the session' in line for line in site.refusals()] == [True]
