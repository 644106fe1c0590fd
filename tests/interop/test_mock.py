# -*- coding: utf-8 -*-
"""Journeys against oidc-provider-mock, the provider of the demo."""
import pytest
import requests

from support.interop_site import INTERVAL, certificate, site  # noqa: F401 (fixtures)
from support.serving import Unavailable, skip_unless_required
from support.visitor import create_ticket, press_login, press_logout, reporter, user

pytestmark = pytest.mark.interop

CLAIMS = {'preferred_username': u'žofie', 'name': u'Žofie Nováková', 'groups': [u'developers']}


@pytest.fixture
def provider():
    """The address of the provider, at which Žofie can sign in."""
    try:
        from oidc_provider_mock import run_server_in_thread
    except ImportError as e:
        skip_unless_required(Unavailable(str(e)))
    with run_server_in_thread() as server:
        url = 'http://localhost:%d' % server.server_port
        change(url, CLAIMS)
        yield url


def change(provider, claims):
    """Have the provider tell something else of Žofie."""
    assert requests.put(provider + '/users/zofie', json=claims).status_code == 204


def signed_in(site, provider, **settings):  # noqa: F811
    """A browser in which Žofie signed in, with Trac's further settings."""
    site.start(provider, CLIENT_SECRET='any', RECHECK='%ds' % INTERVAL, **settings)
    browser = site.browser()
    page = press_login(browser, site.url)
    page = browser.submit(page.form(), sub=u'zofie')
    assert page.url == site.url + '/wiki' and user(page) == u'žofie', page.text
    return browser


def who(browser, site):  # noqa: F811
    return user(browser.get(site.url + '/wiki'))


def test_the_journey(site, provider):  # noqa: F811
    browser = signed_in(site, provider)
    assert reporter(create_ticket(browser, site.url, u'Čaj došel')) == u'žofie'
    site.wait()
    assert who(browser, site) == u'žofie'
    page = press_logout(browser, site.url)
    assert page.url.startswith(provider + '/oauth2/end_session?')
    page = browser.submit(page.form('/end_session/confirm'))
    assert u'and at your identity provider' in page.text
    assert who(browser, site) is None
    assert site.refusals() == []


def test_who_declines_stays_anonymous(site, provider):  # noqa: F811
    site.start(provider)
    browser = site.browser()
    page = press_login(browser, site.url)
    page = browser.submit(page.form(1), **page.form(1).buttons)
    # Its answer lacks the state, so it could be to a sign-in that somebody else began.
    assert page.status == 400 and 'Sign in again' in page.text
    assert ['reason=state_missing' in line for line in site.refusals()] == [True]
    assert who(browser, site) is None


def test_a_client_that_the_provider_refuses_at_the_refresh_alone_ends_no_session(
        site, provider):  # noqa: F811
    # It knows HTTP Basic only there.
    browser = signed_in(site, provider, CLIENT_AUTH='client_secret_post')
    site.wait()
    assert who(browser, site) == u'žofie'
    assert ['invalid_client' in line for line in site.refusals()] == [True]


def test_a_refresh_without_an_id_token_tells_what_has_changed(site, provider):  # noqa: F811
    browser = signed_in(site, provider)
    change(provider, dict(CLAIMS, preferred_username=u'zofie'))
    assert who(browser, site) == u'žofie'
    site.wait()
    assert who(browser, site) == 'zofie'


def test_a_revoked_refresh_token_ends_the_session(site, provider):  # noqa: F811
    browser = signed_in(site, provider)
    requests.post(provider + '/users/zofie/revoke-tokens').raise_for_status()
    assert who(browser, site) == u'žofie'
    site.wait()
    assert who(browser, site) is None
    assert ['ended the session' in line for line in site.refusals()] == [True]
