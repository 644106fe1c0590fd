# -*- coding: utf-8 -*-
"""The whole way over real sockets: a server process, a real Trac, a provider and a browser."""
import os
import re
import shutil
import sqlite3

import pytest

from support.browser import Browser
from support.checking import configure
from support.serving import Certificate, Front, TracServer, unit_server
from support.visitor import create_ticket, press_login, press_logout, reporter, tickets, user

USERS = ['alice', 'zofie']
NAMES = {'alice': u'alice', 'zofie': u'žofie'}


@pytest.fixture
def serve():
    """Start a TracServer with these settings; it is stopped when the test ends."""
    servers = []

    def start(settings, **options):
        servers.append(TracServer(settings, **options))
        return servers[-1]
    try:
        yield start
    finally:
        for server in servers:
            server.stop()


@pytest.fixture
def unit(settings):
    """Trac in a real Unit."""
    with unit_server(settings) as server:
        yield server


def sign_in(browser, base):
    """Press Login on the wiki's start page, and be back there."""
    page = press_login(browser, base)
    assert page.url == base + '/wiki', page.text
    return page


def journey(browser, base, environment, provider, name):
    """Sign in, file a ticket, sign out; each step proven by Trac's own pages and database."""
    assert user(sign_in(browser, base)) == name
    page = create_ticket(browser, base, u'Čaj došel')
    assert (user(page), tickets(environment)) == (name, [(u'Čaj došel', name)])
    assert reporter(page) == name
    page = press_logout(browser, base)
    assert u'<h1>You are signed out</h1>' in page.text
    assert page.url.startswith(base + '/oidc/signed-out?')
    assert [step.url.partition('?')[0] for step in page.history] == [
        base + '/logout', provider.url + '/end_session']
    assert len(provider.logouts) == 1
    assert user(browser.get(base + '/wiki')) is None


def begin(browser, base, referer=None):
    """Go to sign in as far as the provider's answer; return the callback's URL."""
    headers = {'Referer': referer} if referer else {}
    page = browser.get(base + '/login', headers, follow=False)
    assert page.status == 303, page.text
    page = browser.get(page.header('Location'), follow=False)
    assert page.status in (302, 303), page.text
    assert page.header('Location').startswith(base + '/oidc/callback?')
    return page.header('Location')


def reference(page):
    """The reference id that a page of ours shows."""
    return re.search('Reference: <code>([0-9a-f]{8})</code>', page.text).group(1)


# The journey


@pytest.mark.parametrize('sub', USERS)
def test_a_person_signs_in_files_a_ticket_and_signs_out(serve, settings, provider, sub):
    provider.login_as = sub
    server = serve(settings)
    journey(Browser(), server.url, settings['TRAC_ENV'], provider, NAMES[sub])
    log = server.log()
    assert 'Traceback' not in log and ' ERROR ' not in log and ' WARNING ' not in log, log


@pytest.mark.unit
@pytest.mark.parametrize('sub', USERS)
def test_the_same_in_a_real_unit(unit, settings, provider, sub):
    provider.login_as = sub
    journey(Browser(), unit.url, settings['TRAC_ENV'], provider, NAMES[sub])
    assert '[alert]' not in unit.log(), unit.log()


@pytest.mark.unit
def test_every_thread_of_every_process_of_unit_knows_the_session(unit):
    browser = Browser()
    sign_in(browser, unit.url)
    assert set(user(browser.get(unit.url + '/wiki')) for _ in range(12)) == {'alice'}
    loaded = set(re.findall(r'\[(\d+)\] trac_unit', unit.log()))
    assert len(loaded) == unit.processes, 'the processes are meant to share nothing but the store'


def test_one_sign_in_holds_for_all_environments_of_a_folder(
        serve, many_settings, parent_dir, provider):
    base = serve(many_settings).url
    browser = Browser()
    index = browser.get(base + '/')
    assert index.status == 200 and 'href="/one"' in index.text and 'href="/two"' in index.text

    assert user(sign_in(browser, base + '/one')) == 'alice'
    assert user(browser.get(base + '/two/wiki')) == 'alice'
    create_ticket(browser, base + '/two', u'Also here')
    assert tickets(os.path.join(parent_dir, 'two')) == [(u'Also here', u'alice')]
    assert tickets(os.path.join(parent_dir, 'one')) == []

    page = press_logout(browser, base + '/two')
    assert page.url.startswith(base + '/oidc/signed-out?')
    assert 'href="/two/"' in page.text and 'href="/two/login"' in page.text
    assert len(provider.logouts) == 1
    for name in ('one', 'two'):
        assert user(browser.get('%s/%s/wiki' % (base, name))) is None


def test_an_environment_that_is_not_there_is_not_found(serve, many_settings, parent_dir):
    server = serve(many_settings)
    for path in ('/three/wiki', '/three/login', '/../wiki'):
        page = Browser().get(server.url + path)
        assert page.status == 404, page.text
        assert parent_dir not in page.text


# Several at once


def test_two_tabs_that_sign_in_at_once_both_arrive(serve, settings):
    base = serve(settings).url
    first = Browser()
    second = first.tab()
    first_answer = begin(first, base, base + '/wiki/TracGuide')
    second_answer = begin(second, base, base + '/report')
    assert second.get(second_answer).url == base + '/report'
    assert first.get(first_answer).url == base + '/wiki/TracGuide'
    assert user(first.get(base + '/wiki')) == user(second.get(base + '/wiki')) == 'alice'
    assert len(first.jar.live()) == len(set(cookie.name for cookie in first.jar.live()))


def test_an_answer_in_the_wrong_order_of_users_ends_with_the_last_one(serve, settings, provider):
    base = serve(settings).url
    first = Browser()
    second = first.tab()
    as_alice = begin(first, base)
    provider.login_as = 'bob'
    as_bob = begin(second, base)
    assert user(second.get(as_bob)) == 'bob'
    assert user(first.get(as_alice)) == 'alice'
    assert user(second.get(base + '/wiki')) == 'alice'


def test_two_processes_with_one_store_share_sessions_and_sign_ins(serve, settings):
    servers = a, b = serve(settings), serve(settings)
    with Front() as front:
        front.target = a
        browser = Browser()
        assert user(sign_in(browser, front.url)) == 'alice'
        front.target = b
        assert user(browser.get(front.url + '/wiki')) == 'alice'
        assert 'You are signed out' in press_logout(browser, front.url).text
        front.target = a
        assert user(browser.get(front.url + '/wiki')) is None

        answer = begin(browser, front.url)
        front.target = b
        assert user(browser.get(answer)) == 'alice'
        front.target = a
        assert user(browser.get(front.url + '/wiki')) == 'alice'
    assert not any('reference=' in server.log() for server in servers)


def test_a_sign_in_outlives_the_process_that_it_began_in(serve, settings):
    killed = serve(settings)
    browser = Browser()
    answer = begin(browser, killed.url)
    killed.kill()
    with pytest.raises(EnvironmentError):
        browser.get(killed.url + '/wiki')
    new = serve(settings, port=killed.port)
    assert new.url == killed.url
    assert user(browser.get(answer)) == 'alice'


def test_a_session_outlives_the_process_that_made_it(serve, settings):
    killed = serve(settings)
    browser = Browser()
    sign_in(browser, killed.url)
    killed.kill()
    assert user(browser.get(serve(settings, port=killed.port).url + '/wiki')) == 'alice'


# Settings


def test_over_https_every_cookie_of_a_sign_in_is_secure_and_bound_to_the_host(
        serve, settings, tmpdir, provider):
    certificate = Certificate(str(tmpdir.join('certificate.pem')))
    with Front(certificate) as front:
        front.target = serve(dict(settings, TRAC_BASE_URL=front.url))
        browser = Browser(ssl_context=certificate.trusting_context())
        journey(browser, front.url, settings['TRAC_ENV'], provider, u'alice')
        sign_in(browser, front.url)
        ours = [cookie for cookie in browser.jar.live() if 'oidc' in cookie.name]
        assert ours
        for cookie in ours:
            # The browser itself holds __Host- to what it promises.
            assert cookie.name.startswith('__Host-trac_oidc'), cookie.name
            assert cookie.secure and cookie.httponly and cookie.samesite == 'lax'


def test_a_base_url_is_stronger_than_a_forged_host_header(serve, settings):
    server = serve(dict(settings, TRAC_BASE_URL='http://trac.example.org/path'))
    for host in ('evil.example', 'trac.example.org.evil.example', 'evil.example:80'):
        page = Browser().get(server.url + '/login', {'Host': host}, follow=False)
        assert page.status == 303
        assert 'redirect_uri=http%3A%2F%2Ftrac.example.org%2Fpath%2Foidc%2Fcallback' in \
            page.header('Location')
        assert 'evil' not in ''.join(value for _, value in page.headers)


def test_a_wrong_setting_is_told_to_the_visitor_as_503_and_to_the_log_in_full(serve, settings):
    server = serve(dict(settings, TRAC_OIDC_TIMEOUT='soon', TRAC_OIDC_CLIENT_IDD='trac'))
    for path in ('/', '/login', '/oidc/callback?code=x&state=y', '/wiki/No/Such/Page'):
        page = Browser().get(server.url + path)
        assert page.status == 503 and page.header('Retry-After')
        assert 'This Trac is not set up yet' in page.text
        assert not any(word in page.text for word in ('TRAC_', 'soon', settings['TRAC_ENV']))
        assert 'reference=%s reason=configuration' % reference(page) in server.log()
    log = server.log()
    assert "TRAC_OIDC_TIMEOUT: expected a duration like 90s, 30m, 12h or 7d, found 'soon'" in log
    assert re.search('TRAC_OIDC_CLIENT_IDD: expected .*TRAC_OIDC_CLIENT_ID', log)
    assert settings['TRAC_OIDC_CLIENT_SECRET'] not in log and 'Traceback' not in log


@pytest.mark.parametrize('name', ['xx_XX', 'xx_XX.UTF-8', u'\u017e'.encode('utf-8')])
def test_a_locale_that_does_not_exist_keeps_nobody_out(serve, settings, name):
    server = serve(dict(settings, TRAC_LOCALE=name if isinstance(name, str) else name.decode()))
    browser = Browser()
    assert user(sign_in(browser, server.url)) == 'alice'
    assert 'TRAC_LOCALE: expected a locale of this machine' in server.log()


def test_without_an_issuer_trac_runs_and_nobody_becomes_a_user(serve, environment):
    server = serve({'TRAC_ENV': environment})
    browser = Browser()
    for headers in ({}, {'Remote-User': 'alice'}, {'Remote_User': 'alice'},
                    {'REMOTE-USER': 'alice', 'Auth-Type': 'Basic'}):
        assert user(browser.get(server.url + '/wiki', headers)) is None
        page = browser.get(server.url + '/login', headers)
        assert 'logged in as' not in page.text
        assert browser.cookie('trac_auth') is None
    assert 'TRAC_OIDC_ISSUER is not set: nobody can sign in' in server.log()


def test_with_an_issuer_nobody_becomes_a_user_by_a_header_either(serve, settings):
    server = serve(settings)
    for header in ('Remote-User', 'Remote_User', 'REMOTE-USER', 'X-Remote-User'):
        assert user(Browser().get(server.url + '/wiki', {header: 'alice'})) is None


# Environments that cannot be served


def remove(environment):
    shutil.rmtree(environment)


def make_folder(environment):
    remove(environment)
    os.mkdir(environment)


def lose_version(environment):
    os.remove(os.path.join(environment, 'VERSION'))


def lose_log(environment):
    """What is in trac.ini of an environment of old, and not in its folder."""
    configure(environment, 'logging', 'log_type', 'file')
    shutil.rmtree(os.path.join(environment, 'log'))


def make_old(environment):
    set_database_version(environment, '30')


def set_database_version(environment, version):
    """Have Trac believe that its database is of another version; return that which it was."""
    connection = sqlite3.connect(os.path.join(environment, 'db', 'trac.db'))
    try:
        with connection:
            row = connection.execute(
                "SELECT value FROM system WHERE name = 'database_version'").fetchone()
            connection.execute(
                "UPDATE system SET value = ? WHERE name = 'database_version'", (version,))
    finally:
        connection.close()
    assert row[0] != version
    return row[0]


TROUBLES = [(remove, 'environment_missing', 'trac-admin %s initenv'),
            (make_folder, 'environment_invalid', 'trac-admin %s initenv'),
            (lose_version, 'environment_incomplete', '> %s/VERSION'),
            (lose_log, 'environment_incomplete', 'mkdir -p %s/log && chown '),
            (make_old, 'environment_upgrade', 'trac-admin %s upgrade')]


@pytest.mark.parametrize('trouble, reason, command', TROUBLES)
def test_an_environment_that_cannot_be_served_is_a_503_and_a_command_in_the_log(
        serve, settings, environment, trouble, reason, command):
    trouble(environment)
    server = serve(settings)
    for path in ('/', '/login', '/wiki'):
        page = Browser().get(server.url + path)
        assert page.status == 503, page.text
        assert 'This Trac is out of service' in page.text
        assert environment not in page.text and 'trac-admin' not in page.text
        line = re.search('reference=%s reason=%s .*' % (reference(page), reason), server.log())
        assert line and command % environment in line.group()
    assert 'Traceback' not in server.log()


def test_one_environment_in_trouble_leaves_the_others_in_service(
        serve, many_settings, parent_dir):
    make_old(os.path.join(parent_dir, 'one'))
    server = serve(many_settings)
    browser = Browser()
    assert browser.get(server.url + '/one/wiki').status == 503
    assert user(sign_in(browser, server.url + '/two')) == 'alice'


def test_the_list_of_environments_tells_nobody_what_is_wrong_with_one(
        serve, many_settings, parent_dir):
    one = os.path.join(parent_dir, 'one')
    make_old(one)
    os.mkdir(os.path.join(parent_dir, 'backup'))
    server = serve(many_settings)
    page = Browser().get(server.url + '/')
    assert page.status == 200 and 'href="/two"' in page.text
    for word in (parent_dir, 'upgrade', 'Error', 'backup', '"/one"'):
        assert word not in page.text
    assert 'run: trac-admin %s upgrade' % one in server.log()
    shutil.rmtree(os.path.join(parent_dir, 'two'))
    page = Browser().get(server.url + '/')
    assert page.status == 200 and parent_dir not in page.text and 'href="/' not in page.text


def test_an_environment_that_becomes_unfit_while_it_is_served_is_a_503_too(
        serve, settings, environment):
    server = serve(settings)
    browser = Browser()
    assert browser.get(server.url + '/wiki').status == 200
    make_old(environment)
    # As it happens when a plugin is enabled that wants tables of its own.
    with open(os.path.join(environment, 'conf', 'trac.ini'), 'a') as ini:
        ini.write('\n[components]\n')
    for _ in range(2):
        page = browser.get(server.url + '/wiki')
        assert page.status == 503 and environment not in page.text, page.text
        assert 'reference=%s reason=environment_upgrade' % reference(page) in server.log()


def test_an_environment_is_served_once_it_is_made_without_a_restart(
        serve, settings, environment, environment_template):
    remove(environment)
    server = serve(settings)
    browser = Browser()
    assert browser.get(server.url + '/wiki').status == 503
    shutil.copytree(environment_template, environment)
    assert user(sign_in(browser, server.url)) == 'alice'


def test_an_environment_is_served_once_it_is_upgraded_without_a_restart(
        serve, settings, environment):
    current = set_database_version(environment, '30')
    server = serve(settings)
    browser = Browser()
    assert browser.get(server.url + '/wiki').status == 503
    set_database_version(environment, current)
    assert user(sign_in(browser, server.url)) == 'alice'


@pytest.mark.skipif(os.geteuid() == 0, reason='root can read and write everything')
def test_an_environment_of_another_user_is_a_503_with_the_command_for_it(
        serve, settings, environment):
    ini = os.path.join(environment, 'conf', 'trac.ini')
    os.chmod(ini, 0)
    server = serve(settings)
    page = Browser().get(server.url + '/wiki')
    os.chmod(ini, 0o600)
    assert page.status == 503 and environment not in page.text
    assert 'run: chown -R ' in server.log()


def test_the_session_store_is_for_its_owner_alone(serve, settings, environment):
    sign_in(Browser(), serve(settings).url)
    stores = [name for name in os.listdir(environment) if 'session' in name]
    assert stores
    for name in stores:
        assert os.stat(os.path.join(environment, name)).st_mode & 0o777 == 0o600, name


def test_no_secret_of_the_journey_is_in_the_log_of_the_server(serve, settings, provider):
    server = serve(settings)
    browser = Browser()
    sign_in(browser, server.url)
    cookies = [cookie.value for cookie in browser.jar.live()]
    press_logout(browser, server.url)
    log = server.log()
    secrets = provider.issued + cookies + [settings['TRAC_OIDC_CLIENT_SECRET']]
    assert len(secrets) > 4
    assert [secret for secret in secrets if secret in log] == []
