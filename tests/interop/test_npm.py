# -*- coding: utf-8 -*-
"""Journeys against the certified provider from npm, oidc-provider."""
import re
import threading

import pytest

from support.browser import Browser
from support.interop_site import CALLBACK, INTERVAL, certificate, site  # noqa: F401 (fixtures)
from support.jws import new_key
from support.npm_provider import (SECRET, USERS, NpmProvider,  # noqa: F401 (fixtures)
                                  answer_provider, end_provider_session, node_program)
from support.serving import Front, TracServer
from support.scripted_server import make_certificate
from support.visitor import create_ticket, press_login, press_logout, reporter, tickets, user

pytestmark = pytest.mark.interop


# On plain http, in a process of its own

@pytest.fixture
def front():
    """The address of Trac, which the provider must know before Trac can be started."""
    with Front() as front:
        yield front


@pytest.fixture
def provider(node_program, tmpdir, front):  # noqa: F811
    with NpmProvider(node_program, tmpdir, front.url, {'client_secret': SECRET}) as server:
        yield server


@pytest.fixture
def trac(environment, provider, front):
    """Trac behind `front`."""
    with TracServer({'TRAC_ENV': environment, 'TRAC_OIDC_ISSUER': provider.url,
                     'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_SECRET': SECRET}) as server:
        front.target = server
        yield server


@pytest.mark.parametrize('login', ['alice', 'zofie'])
def test_a_person_signs_in_files_a_ticket_and_signs_out(
        front, trac, provider, environment, login):
    name = USERS[login]['preferred_username']
    browser = Browser()
    press_login(browser, front.url)
    assert browser.page.url.startswith(provider.url + '/interaction/')
    page = answer_provider(browser, login)
    assert page.url == front.url + '/wiki' and user(page) == name, page.text

    page = create_ticket(browser, front.url, u'Čaj došel')
    assert reporter(page) == name
    assert tickets(environment) == [(u'Čaj došel', name)]

    page = press_logout(browser, front.url)
    assert page.url.startswith(provider.url + '/session/end?'), page.text
    page = end_provider_session(browser)
    assert page.url.startswith(front.url + '/oidc/signed-out?')
    assert u'<h1>You are signed out</h1>' in page.text
    assert u'and at your identity provider' in page.text
    assert user(browser.get(front.url + '/wiki')) is None
    assert 'reference=' not in trac.log(), trac.log()

    # The provider's session is over too: it asks who this is.
    page = browser.get(front.url + '/login')
    assert page.form('/interaction/').fields['prompt'] == 'login'


def test_who_stops_at_the_provider_is_told_so_and_stays_anonymous(front, trac, provider):
    browser = Browser()
    page = browser.get(front.url + '/login')
    page = browser.click(re.search('href="([^"]*/abort)"', page.text).group(1))
    assert (page.status, page.url.partition('?')[0]) == (403, front.url + '/oidc/callback')
    assert 'declined' in page.text and 'Sign in again' in page.text
    assert 'reason=access_denied' in trac.log()
    assert user(browser.get(front.url + '/wiki')) is None


def test_a_person_without_a_user_name_is_told_so_and_stays_anonymous(front, trac, provider):
    browser = Browser()
    browser.get(front.url + '/login')
    page = answer_provider(browser, 'nameless')
    assert page.status == 403 and 'preferred_username' in page.text
    assert 'reason=username_missing' in trac.log()
    assert user(browser.get(front.url + '/wiki')) is None


def test_who_stays_signed_in_at_the_provider_needs_no_password_the_next_time(
        front, trac, provider):
    browser = Browser()
    browser.get(front.url + '/login')
    assert user(answer_provider(browser, 'alice')) == 'alice'
    for cookie in browser.jar.live():
        if cookie.name.startswith('trac_oidc'):
            browser.jar.add(front.url, cookie.name + '=; Path=/; Max-Age=0')
    assert user(browser.get(front.url + '/wiki')) is None
    assert user(browser.get(front.url + '/login')) == 'alice'


# On https, in this process

@pytest.fixture
def start(node_program, tmpdir, certificate, site):  # noqa: F811
    """A function that starts the provider for a client, and Trac with further settings."""
    running = []

    def start(client=None, settings=None, **configuration):
        client = dict({'client_secret': SECRET}, **client or {})
        running.append(NpmProvider(node_program, tmpdir, site.url, client, certificate,
                                   **configuration))
        if client.get('token_endpoint_auth_method', 'client_secret').startswith('client_secret'):
            settings = dict({'CLIENT_SECRET': SECRET}, **settings or {})
        site.start(running[0].url, **settings or {})
        return running[0]
    yield start
    for server in running:
        server.stop()


#: With these the provider gives a refresh token, and takes each one once.
CLIENT = {'grant_types': ['authorization_code', 'refresh_token']}
REFRESHING = {'SCOPE': 'openid profile email offline_access', 'PROMPT': 'consent',
              'RECHECK': '%ds' % INTERVAL}
ROTATING = {'rotateRefreshToken': True}


def signed_in(site, login='alice'):  # noqa: F811
    """A new browser in which somebody signed in."""
    browser = site.browser()
    press_login(browser, site.url)
    page = answer_provider(browser, login)
    assert page.url == site.url + '/wiki' and user(page) == login, page.text
    return browser


def who(browser, site):  # noqa: F811
    return user(browser.get(site.url + '/wiki'))


def with_key(alg):
    """A client that proves itself with a key of its own."""
    def make(tmpdir):
        key = new_key(None, alg)
        key.kid = key.thumbprint()
        path = tmpdir.join('client.pem')
        path.write_binary(key.pem())
        return ({'token_endpoint_auth_method': 'private_key_jwt',
                 'token_endpoint_auth_signing_alg': alg, 'jwks': {'keys': [key.jwk()]}},
                {'CLIENT_AUTH': 'private_key_jwt', 'CLIENT_KEY_FILE': str(path)}, {})
    return make


def with_certificate(tmpdir):
    key, key_file, certificate_file = new_key(None), tmpdir.join('key.pem'), tmpdir.join('c.pem')
    key_file.write_binary(key.pem())
    certificate_file.write_binary(make_certificate(key.private, u'trac.example'))
    return ({'token_endpoint_auth_method': 'tls_client_auth',
             'tls_client_auth_subject_dn': 'CN=test',
             'tls_client_certificate_bound_access_tokens': True},
            {'CLIENT_AUTH': 'tls_client_auth', 'CLIENT_KEY_FILE': str(key_file),
             'CLIENT_CERT_FILE': str(certificate_file)},
            {'client_ca': str(certificate_file)})


def with_secret(method):
    return lambda tmpdir: ({'token_endpoint_auth_method': method}, {'CLIENT_AUTH': method}, {})


def public(tmpdir):
    return {'token_endpoint_auth_method': 'none'}, {}, {}


@pytest.mark.parametrize('make, proof', [
    (with_secret('client_secret_basic'), 'Basic'), (with_secret('client_secret_post'), 'post'),
    (with_secret('client_secret_jwt'), 'HS256'), (with_key('RS256'), 'RS256'),
    (with_key('ES256'), 'ES256'), (with_certificate, 'certificate'), (public, 'none'),
], ids=['client_secret_basic', 'client_secret_post', 'client_secret_jwt',
        'private_key_jwt-RS256', 'private_key_jwt-ES256', 'tls_client_auth', 'none'])
def test_the_client_proves_itself_when_it_pushes_exchanges_refreshes_and_revokes(
        start, site, tmpdir, make, proof):  # noqa: F811
    client, settings, configuration = make(tmpdir)
    provider = start(dict(CLIENT, **client), dict(REFRESHING, **settings),
                     # Trac's clock will be ahead of the provider's.
                     configuration=dict(ROTATING, clockTolerance=2 * INTERVAL), **configuration)
    browser = signed_in(site)
    assert provider.events() == ['pushed ' + proof, 'grant authorization_code ' + proof]
    site.wait()
    assert who(browser, site) == 'alice'
    assert provider.events() == ['refresh token used up', 'grant refresh_token ' + proof]
    page = press_logout(browser, site.url)
    assert page.url.startswith(provider.url + '/session/end?'), page.text
    assert provider.events() == ['refresh token revoked']
    page = end_provider_session(browser)
    assert u'and at your identity provider' in page.text
    assert site.refusals() == []


@pytest.mark.parametrize('make, wrong', [
    (with_secret('client_secret_basic'), {'CLIENT_SECRET': 'another'}),
    (with_key('RS256'), {'CLIENT_SECRET': SECRET, 'CLIENT_AUTH': 'client_secret_post',
                         'CLIENT_KEY_FILE': ''}),
], ids=['another secret', 'another method'])
def test_a_client_that_is_not_the_registered_one_signs_nobody_in(
        start, site, tmpdir, make, wrong):  # noqa: F811
    client, settings, configuration = make(tmpdir)
    start(client, dict(settings, **wrong), **configuration)
    page = site.browser().get(site.url + '/login')
    assert page.status == 502, page.text
    assert ['invalid_client' in line for line in site.refusals()] == [True]


@pytest.mark.parametrize('configuration, pushed', [
    ({'enabled': True, 'requirePushedAuthorizationRequests': True}, ['pushed Basic']),
    ({'enabled': False}, []),
], ids=['required', 'not offered'])
def test_requests_are_pushed_where_the_provider_takes_them(
        start, site, configuration, pushed):  # noqa: F811
    provider = start(settings={'MAX_AGE': '1h'}, configuration={
        'features': {'pushedAuthorizationRequests': configuration}})
    signed_in(site)
    assert provider.events() == pushed + ['grant authorization_code Basic']


def test_the_answer_comes_by_form_from_another_site(start, site):  # noqa: F811
    start(settings={'RESPONSE_MODE': 'form_post'})
    browser = site.browser()
    press_login(browser, site.url)
    form = answer_provider(browser, 'alice').form(CALLBACK)
    assert form.method == 'POST' and 'code' in form.fields
    page = browser.submit(form)
    assert page.url == site.url + '/wiki' and user(page) == 'alice', page.text
    assert 'code=' not in ''.join(response.url for response in page.history)


@pytest.mark.parametrize('change, reason', [
    (lambda url: re.sub('&iss=[^&]*', '', url), 'response_iss'),
    (lambda url: re.sub('&iss=[^&]*', '&iss=https://localhost', url), 'response_iss'),
    (lambda url: url + '&iss=https://localhost', 'duplicate'),
    (lambda url: url, None),
], ids=['without', 'of another', 'twice', 'as it comes'])
def test_the_answer_tells_its_issuer(start, site, change, reason):  # noqa: F811
    start()
    browser = site.browser()
    press_login(browser, site.url)
    browser.submit(browser.page.form('/interaction/'), login=u'alice', password=u'any')
    url = answer_of(browser)
    assert re.search('[?&]iss=https%3A%2F%2Flocalhost%3A', url)
    page = browser.get(change(url))
    if reason is None:
        assert user(page) == 'alice'
    else:
        assert page.status in (400, 403), page.text
        assert [line.split('reason=')[1].split()[0] for line in site.refusals()] == [reason]
        assert who(browser, site) is None


def answer_of(browser):
    """Where the provider sends a browser after its consent page, which is shown now."""
    form = browser.page.form('/interaction/')
    page = browser.post(form.action, form.fields, follow=False, click=True)
    while CALLBACK not in page.header('Location'):
        page = browser.get(page.header('Location'), follow=False)
    return page.header('Location')


@pytest.mark.parametrize('alg', ['RS256', 'PS256', 'ES256'])
def test_userinfo_can_be_signed(start, site, alg):  # noqa: F811
    start({'userinfo_signed_response_alg': alg, 'id_token_signed_response_alg': alg},
          {'SIGNING_ALGS': alg}, configuration={'enabledJWA': {
              'idTokenSigningAlgValues': [alg, 'RS256'], 'userinfoSigningAlgValues': [alg]}})
    signed_in(site)


def test_a_sign_in_that_another_site_starts(start, site):  # noqa: F811
    provider = start()
    browser = site.browser()
    browser.get('%s/oidc/login?iss=%s&target_link_uri=%s/report&login_hint=alice'
                % (site.url, provider.url, site.url))
    page = answer_provider(browser, 'alice')
    assert page.url == site.url + '/report' and user(page) == 'alice'


# Sessions that the provider ends, confirms or refuses

def sign_out_at(provider, browser):
    """Sign out at the provider itself, of which Trac's pages know nothing."""
    browser.get(provider.url + '/session/end')
    end_provider_session(browser)


@pytest.mark.parametrize('by_sid, other', [(False, None), (True, 'alice')],
                         ids=['everywhere', 'one session'])
def test_who_signs_out_at_the_provider_is_signed_out_of_trac_at_once(
        start, site, by_sid, other):  # noqa: F811
    provider = start({'backchannel_logout_session_required': by_sid})
    here, there, bob = signed_in(site), signed_in(site), signed_in(site, 'bob')
    provider.events()
    sign_out_at(provider, here)
    assert provider.events()[-1:] == ['told of alice']
    assert [who(browser, site) for browser in (here, there, bob)] == [None, other, 'bob']


def test_the_provider_is_asked_again_and_again_with_a_new_token_each_time(
        start, site):  # noqa: F811
    provider = start(CLIENT, REFRESHING, configuration=ROTATING)
    browser = signed_in(site)
    provider.events()
    for _ in range(3):
        site.wait()
        assert who(browser, site) == 'alice'
        assert provider.events() == ['refresh token used up', 'grant refresh_token Basic']


def test_requests_at_once_use_a_refresh_token_once(start, site):  # noqa: F811
    provider = start(CLIENT, REFRESHING, configuration=ROTATING)
    browser = signed_in(site)
    provider.events()
    site.wait()
    found = []
    threads = [threading.Thread(target=lambda: found.append(who(browser.tab(), site)))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ['alice'] * 4
    # It would end the session of who uses one twice.
    assert provider.events() == ['refresh token used up', 'grant refresh_token Basic']


def test_whom_the_provider_knows_no_more_is_signed_out(start, site):  # noqa: F811
    provider = start(CLIENT, REFRESHING)
    alice, bob = signed_in(site), signed_in(site, 'bob')
    provider.withdraw('alice')
    assert who(alice, site) == 'alice'
    site.wait()
    assert [who(alice, site), who(bob, site)] == [None, 'bob']
    assert ['reason=invalid_grant ended the session' in line for line in site.refusals()] == [True]


def test_signing_out_of_trac_alone_revokes_its_tokens_and_no_more(start, site):  # noqa: F811
    provider = start(CLIENT, dict(REFRESHING, LOGOUT='local'))
    browser = signed_in(site)
    provider.events()
    page = press_logout(browser, site.url)
    assert page.url == site.url + '/oidc/signed-out'
    assert 'You may still be signed in at your identity provider' in page.text
    assert provider.events() == ['refresh token revoked']


def test_a_new_signing_key_needs_no_restart(start, site):  # noqa: F811
    provider = start()
    before = signed_in(site)
    provider.rotate()
    signed_in(site, 'bob')
    # The sign-out of who came before shows a token that the old key signed.
    press_logout(before, site.url)
    assert u'and at your identity provider' in end_provider_session(before).text
    # One fetch a minute is all that an unknown key can cause.
    provider.rotate()
    browser = site.browser()
    press_login(browser, site.url)
    assert answer_provider(browser, 'alice').status == 403
    assert ['reason=key_unknown' in line for line in site.refusals()] == [True]
    site.clock.offset += 60
    signed_in(site)
