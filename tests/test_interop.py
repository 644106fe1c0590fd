# -*- coding: utf-8 -*-
"""The journey against a provider that others wrote and had certified: oidc-provider from npm.

Needs Node.js 20.20 or newer with npm, and the npm registry or a cache of it.
"""
import io
import json
import os
import re
import shutil
import subprocess

import pytest

from browser import Browser
from serving import (Front, NodeServer, TracServer, Unavailable, find_program,
                     skip_unless_required)
from visitor import create_ticket, press_login, press_logout, reporter, tickets, user

pytestmark = pytest.mark.interop

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'interop')
NODE = (20, 20)
INSTALLING = 300  # seconds
SECRET = 'a secret: 100% of it + more'  # what HTTP Basic garbles unless it is encoded first
USERS = {
    'alice': {'preferred_username': u'alice', 'name': u'Alice Liddell',
              'email': u'alice@example.org', 'email_verified': True},
    'zofie': {'preferred_username': u'žofie', 'name': u'Žofie Nováková',
              'email': u'zofie@example.org', 'email_verified': True},
    'nameless': {'name': u'Nobody'},
}


@pytest.fixture(scope='session')
def node_program(tmpdir_factory):
    """The folder with the provider and what it needs, installed once."""
    try:
        require_node()
        npm = find_program('npm')
    except Unavailable as e:
        skip_unless_required(e)
    folder = str(tmpdir_factory.mktemp('interop'))
    for name in ('package.json', 'provider.mjs'):
        shutil.copy(os.path.join(SOURCES, name), folder)
    install = subprocess.Popen(
        ['timeout', str(INSTALLING), npm, 'install', '--prefer-offline', '--no-audit',
         '--no-fund', '--ignore-scripts', '--no-package-lock'],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = install.communicate()[0].decode('utf-8', 'replace')
    assert install.returncode == 0, 'npm install failed:\n' + output
    return folder


def require_node():
    """Raise Unavailable unless there is a Node.js that the provider runs on."""
    output = subprocess.check_output([find_program('node'), '--version']).decode('ascii')
    version = tuple(int(part) for part in re.findall(r'\d+', output)[:2])
    if version < NODE:
        raise Unavailable('Node.js %d.%d or newer is needed, not %s' % (NODE + (output.strip(),)))


@pytest.fixture
def front():
    """The address of Trac, which the provider must know before Trac can be started."""
    with Front() as front:
        yield front


@pytest.fixture(params=['client_secret_basic', 'client_secret_post', 'none'])
def client_auth(request):
    return request.param


@pytest.fixture
def provider(node_program, tmpdir, front, client_auth):
    """The provider, with one client: the Trac at `front`."""
    client = {'client_id': 'trac', 'token_endpoint_auth_method': client_auth,
              'redirect_uris': [front.url + '/oidc/callback'],
              'post_logout_redirect_uris': [front.url + '/oidc/signed-out']}
    if client_auth != 'none':
        client['client_secret'] = SECRET
    configuration = str(tmpdir.join('provider.json'))
    with io.open(configuration, 'wb') as file:
        file.write(json.dumps({'clients': [client], 'users': USERS}).encode('ascii'))
    with NodeServer(node_program, ['provider.mjs', configuration]) as server:
        yield server


@pytest.fixture
def trac(environment, provider, client_auth, front):
    """Trac behind `front`."""
    settings = {'TRAC_ENV': environment, 'TRAC_OIDC_ISSUER': provider.url,
                'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_AUTH': client_auth}
    if client_auth != 'none':
        settings['TRAC_OIDC_CLIENT_SECRET'] = SECRET
    with TracServer(settings) as server:
        front.target = server
        yield server


def answer_provider(browser, login):
    """Fill in the provider's forms, sign-in and consent, as long as it shows some."""
    for _ in range(2):
        form = browser.page.form('/interaction/')
        if form.fields['prompt'] == 'login':
            browser.submit(form, login=login, password=u'any')
        else:
            assert form.fields['prompt'] == 'consent'
            browser.submit(form)
        if '/interaction/' not in browser.page.url:
            return browser.page
    raise AssertionError('the provider asks on: ' + browser.page.text)


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
    page = browser.submit(page.form('op.logoutForm'), logout=u'yes')
    assert page.url.startswith(front.url + '/oidc/signed-out?')
    assert u'<h1>You are signed out</h1>' in page.text
    assert u'and at your identity provider' in page.text
    assert user(browser.get(front.url + '/wiki')) is None
    assert 'reference=' not in trac.log(), trac.log()

    # The provider's session is over too: it asks who this is.
    page = browser.get(front.url + '/login')
    assert page.form('/interaction/').fields['prompt'] == 'login'


@pytest.mark.parametrize('client_auth', ['client_secret_basic'], indirect=True)
def test_who_stops_at_the_provider_is_told_so_and_stays_anonymous(front, trac, provider):
    browser = Browser()
    page = browser.get(front.url + '/login')
    page = browser.click(re.search('href="([^"]*/abort)"', page.text).group(1))
    assert (page.status, page.url.partition('?')[0]) == (403, front.url + '/oidc/callback')
    assert 'declined' in page.text and 'Sign in again' in page.text
    assert 'reason=access_denied' in trac.log()
    assert user(browser.get(front.url + '/wiki')) is None


@pytest.mark.parametrize('client_auth', ['client_secret_basic'], indirect=True)
def test_a_person_without_a_user_name_is_told_so_and_stays_anonymous(front, trac, provider):
    browser = Browser()
    browser.get(front.url + '/login')
    page = answer_provider(browser, 'nameless')
    assert page.status == 403 and 'a user name that Trac can use' in page.text
    assert 'reason=username_missing' in trac.log()
    assert user(browser.get(front.url + '/wiki')) is None


@pytest.mark.parametrize('client_auth', ['client_secret_basic'], indirect=True)
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
