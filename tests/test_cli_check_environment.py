# -*- coding: utf-8 -*-
"""What `trac-unit check` says of environments, of storage, and of how they are served."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from checking import chmod, configure, context, found, make_environment, one
from trac.env import Environment
from trac.perm import PermissionSystem

from serving import free_port
from store_kinds import LIMITS, REALM, session
from store_kinds import redis_kind, redis_server  # noqa: F401 (fixtures)
from trac_unit.cli import _trac, layout
from trac_unit.cli._accounts import Account
from trac_unit.cli.checks import environment as environments
from trac_unit.cli.checks import serving, storage, unit
from trac_unit.oidc import stores
from trac_unit.oidc.stores import open_store

STRANGER = Account('stranger', 54321, 54321, ())


@pytest.fixture(scope='module')
def made(tmpdir_factory):
    return make_environment(str(tmpdir_factory.mktemp('made').join('trac')))


@pytest.fixture
def path(made, tmpdir):
    path = str(tmpdir.join('trac'))
    shutil.copytree(made, path)
    return path


@pytest.fixture
def settings(path):
    return {'TRAC_ENV': path}


@pytest.fixture
def signed_in(settings):
    return dict(settings, TRAC_OIDC_ISSUER='http://127.0.0.1:1', TRAC_OIDC_CLIENT_ID='trac')


@pytest.fixture
def owner(path):
    """An account that owns the environment and is not that of this process."""
    status = os.stat(path)
    return Owner('owner', status.st_uid, status.st_gid, ())


class Owner(Account):
    current = False

    def _fits(self, path, how):
        # As root is judged by nothing, it is asked for the bits alone.
        status = os.stat(path)
        wanted = sum({'r': 4, 'w': 2, 'x': 1}[letter] for letter in how)
        return (status.st_mode >> 6) & wanted == wanted


def as_account(account, settings, **more):
    looked_at = context(settings, **more)
    looked_at.account = account
    return looked_at


def marks(results):
    return set(result[0] for result in results)


THEMES = [(environments, check) for check in environments.CHECKS] + [
    (storage, check) for check in storage.CHECKS]


@pytest.mark.parametrize('theme, check', THEMES)
def test_an_environment_made_by_init_is_fine(signed_in, theme, check):
    assert marks(found(check, signed_in)) <= {'ok'}


@pytest.mark.parametrize('name', ['', 'conf'])
def test_an_environment_that_is_not_there(settings, path, name):
    shutil.rmtree(path)
    if name:
        os.makedirs(os.path.join(path, name))
    assert one(environments.opens, settings) == (
        'error', 'environment', 'there is no Trac environment at %s' % path,
        'trac-unit init %s' % path)


def test_an_environment_that_cannot_be_seen_is_not_called_missing(settings, monkeypatch):
    monkeypatch.setattr(Account, 'barrier', lambda self, path: '/')
    settings['TRAC_ENV'] += '/hidden'
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and text.endswith(', who cannot enter /') and mend.endswith('+x /')


def test_an_environment_of_an_older_trac(settings, path):
    environment = Environment(path)
    environment.db_transaction("UPDATE system SET value='40' WHERE name='database_version'")
    environment.shutdown()
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and 'older Trac' in text
    assert mend == 'trac-admin %s upgrade' % path


@pytest.mark.parametrize('place, content', [
    ('db/trac.db', b''), ('db/trac.db', b'<html>' * 999), ('VERSION', b'something else'),
    ('conf/trac.ini', b'\xff\xfe[[['), ('conf/trac.ini', b'[trac\n'),
    ('conf/trac.ini', b'[trac]\ndatabase = nonsense\n'),
    ('conf/trac.ini', b'[trac]\ndatabase = postgres://u:p@127.0.0.1:1/x\n'),
    ('conf/trac.ini', b'[attachment]\nmax_size = large\n'),
    ('conf/trac.ini', b'[trac]\nsecure_cookies = perhaps\n'), ('plugins/bad.py', b'1 / 0')])
def test_a_broken_environment_is_told_in_lines(settings, path, place, content):
    with open(os.path.join(path, place), 'wb') as file:
        file.write(content)
    for theme in environments, storage, serving:
        for check in theme.CHECKS:
            for mark, _, text, mend in found(check, settings):
                assert '\n' not in text and 'Traceback' not in text
                assert mark != 'error' or mend


def test_a_database_that_is_gone_is_an_error(settings, path):
    os.unlink(path + '/db/trac.db')
    mark, _, text, _ = one(environments.opens, settings)
    assert mark == 'error' and 'trac.db' in text


@pytest.mark.parametrize('place, mode, told, how', [
    ('conf/trac.ini', 0o200, 'conf/trac.ini cannot be read', 'r'),
    ('db/trac.db', 0o400, 'db/trac.db cannot be written', 'rw'),
    ('db', 0o500, 'db cannot be written', 'rwx'),
    ('VERSION', 0o000, 'VERSION cannot be read', 'r'),
    ('plugins', 0o600, 'plugins cannot be entered', 'rx')])
def test_what_units_user_cannot_do(settings, path, owner, place, mode, told, how):
    chmod(mode, path, place)
    try:
        results = found(environments.permissions, as_account(owner, settings))
    finally:
        chmod(0o700, path, place)
    assert [result[0] for result in results] == ['error']
    assert told in results[0][2] and 'owner' in results[0][2]
    assert results[0][3] == 'chmod u+%s %s' % (how, os.path.join(path, place))
    chmod(mode, path, place)
    assert subprocess.call(results[0][3], shell=True) == 0
    assert marks(found(environments.permissions, as_account(owner, settings))) == {'ok'}


def test_what_is_another_user_s_is_given_to_units_user(settings, path, monkeypatch):
    looked_at = as_account(STRANGER, settings)
    monkeypatch.setattr(Account, 'barrier', lambda self, path: None)
    chmod(0o700, path, 'conf')
    texts = dict((text, mend) for _, _, text, mend in found(environments.permissions, looked_at))
    assert texts[os.path.join(path, 'conf') + ' cannot be read or entered by stranger'] == \
        'chown -R stranger ' + path


@pytest.mark.parametrize('uid, gid, letter', [(54321, 1, 'u'), (1, 54321, 'g'), (1, 1, 'o')])
def test_a_folder_on_the_way_that_units_user_cannot_enter_is_named(
        settings, path, monkeypatch, uid, gid, letter):
    class Status(object):
        st_mode, st_uid, st_gid = 0o40000, uid, gid

    looked_at = as_account(STRANGER, settings)
    monkeypatch.setattr(os, 'stat', lambda path: Status)
    place = '/closed/trac/conf'
    assert looked_at.cannot(place, 'rx') == (
        '/closed/trac/conf cannot be read or entered by stranger, who cannot enter /')
    assert looked_at.allow(place, 'rx', '/closed/trac') == 'chmod %s+x /' % letter


def test_a_log_file_counts_where_trac_writes_one(settings, path, owner):
    chmod(0o500, path, 'log')
    assert marks(found(environments.permissions, as_account(owner, settings))) == {'ok'}
    configure(path, 'logging', 'log_type', 'file')
    mark, _, text, _ = one(environments.permissions, as_account(owner, settings))
    chmod(0o700, path, 'log')
    assert mark == 'error' and 'log cannot be written' in text


def test_a_stranger_can_do_nothing(settings, path):
    chmod(0o750, path, 'conf')
    results = found(environments.permissions, as_account(STRANGER, settings))
    assert marks(results) == {'error'}
    assert any('conf/trac.ini' in text for _, _, text, _ in results)


@pytest.mark.parametrize('mode, uid, gid, groups, how, may', [
    (0o640, 1, 1, (), 'r', False), (0o640, 54321, 1, (), 'rw', True),
    (0o640, 1, 7, (7,), 'r', True), (0o640, 1, 7, (7,), 'w', False),
    (0o604, 54321, 1, (), 'r', True), (0o004, 54321, 1, (), 'r', False),
    (0o044, 1, 7, (7,), 'r', True), (0o004, 1, 7, (7,), 'r', False)])
def test_whose_bits_count(tmpdir, monkeypatch, mode, uid, gid, groups, how, may):
    class Status(object):
        st_mode, st_uid, st_gid = mode, uid, gid

    monkeypatch.setattr(os, 'stat', lambda path: Status)
    assert Account('x', 54321, 54321, groups)._fits('/x', how) is may


def test_the_folders_that_lead_there_count(tmpdir, owner):
    inside = tmpdir.mkdir('a').mkdir('b')
    inside.join('file').write('')
    assert owner.may(str(inside.join('file')), 'r')
    chmod(0o600, str(tmpdir), 'a')
    assert not owner.may(str(inside.join('file')), 'r')
    assert owner.barrier(str(inside.join('no', 'file'))) == str(tmpdir.join('a'))
    chmod(0o700, str(tmpdir), 'a')
    assert owner.barrier(str(inside.join('no', 'file'))) is None


@pytest.mark.parametrize('place', ['conf/trac.ini', 'db/trac.db'])
def test_files_that_everybody_can_read(settings, path, place):
    chmod(0o755, os.path.dirname(os.path.join(path, place)))
    chmod(0o644, path, place)
    mark, _, text, mend = one(environments.privacy, settings)
    assert mark == 'warning' and place in text
    assert mend == 'chmod o-rwx %s/%s' % (path, place)


def test_components_of_this_package_that_are_off(settings, path, monkeypatch):
    monkeypatch.setattr(_trac, 'own_components', lambda: ['trac_unit.example.*'])
    results = found(environments.components, settings)
    assert results[0] == ('error', 'components', 'trac_unit.example.* is not enabled',
                          'trac-unit init %s' % path)
    configure(path, 'components', 'trac_unit.example.*', 'enabled')
    assert marks(found(environments.components, settings)) == {'ok'}


def test_tracs_own_login_module_is_needed(settings, path):
    configure(path, 'components', 'trac.web.auth.LoginModule', 'disabled')
    mark, _, text, mend = one(environments.components, settings)
    assert mark == 'error' and 'who is signed in' in text
    assert mend.endswith('config set components trac.web.auth.LoginModule enabled')


@pytest.mark.parametrize('name, mark', [('anonymous', 'error'), ('authenticated', 'error'),
                                        ('bob', 'ok')])
def test_who_the_administrator_is(settings, path, name, mark):
    environment = Environment(path)
    PermissionSystem(environment).grant_permission(name, 'TRAC_ADMIN')
    environment.shutdown()
    result = one(environments.administrator, settings)
    assert result[0] == mark and name in result[2]
    if mark == 'error':
        assert result[3] == 'trac-admin %s permission remove %s TRAC_ADMIN' % (path, name)


def test_nobody_is_the_administrator(settings, path):
    environment = Environment(path)
    PermissionSystem(environment).revoke_permission('alice', 'TRAC_ADMIN')
    environment.shutdown()
    assert one(environments.administrator, settings) == (
        'warning', 'administrator', 'nobody', 'trac-unit init %s --admin NAME' % path)


def test_a_trac_without_a_log(settings, path):
    configure(path, 'logging', 'log_type', 'none')
    mark, _, _, mend = one(environments.log, settings)
    assert mark == 'warning' and mend.endswith('config set logging log_type stderr')


# A parent directory

@pytest.fixture
def several(path, tmpdir):
    parent = str(tmpdir.mkdir('projects'))
    for name in 'one', 'two':
        shutil.copytree(path, os.path.join(parent, name))
    return {'TRAC_ENV_PARENT_DIR': parent}


def test_each_environment_of_a_parent_directory_is_looked_at(several):
    assert [result[:2] for result in found(environments.opens, several)] == [
        ('ok', 'one: environment'), ('ok', 'two: environment')]
    assert found(environments.parent_folder, several) == []


def test_a_folder_in_it_that_is_no_environment_is_a_warning(several):
    os.mkdir(several['TRAC_ENV_PARENT_DIR'] + '/backup')
    os.mkdir(several['TRAC_ENV_PARENT_DIR'] + '/.hidden')
    assert [result[0] for result in found(environments.opens, several)] == ['warning', 'ok', 'ok']


def test_an_empty_or_missing_parent_directory(tmpdir):
    parent = str(tmpdir.join('projects'))
    settings = {'TRAC_ENV_PARENT_DIR': parent}
    assert one(environments.parent_folder, settings)[0] == 'error'
    os.mkdir(parent)
    mark, _, _, mend = one(environments.parent_folder, settings)
    assert mark == 'warning' and mend == 'trac-unit init %s/NAME --prefix /NAME' % parent


def test_an_environment_called_like_the_path_of_the_sign_in(several):
    os.rename(several['TRAC_ENV_PARENT_DIR'] + '/one', several['TRAC_ENV_PARENT_DIR'] + '/oidc')
    several.update(TRAC_OIDC_ISSUER='http://127.0.0.1:1', TRAC_OIDC_CLIENT_ID='x')
    mark, subject, _, _ = one(environments.parent_folder, several)
    assert (mark, subject) == ('error', 'TRAC_OIDC_PATH')


# Storage

def store_of(path):
    return os.path.join(path, '.trac-unit-sessions.db')


def test_a_session_store_in_use_is_fine(signed_in, path):
    open_store('sqlite://' + store_of(path), LIMITS, REALM).add('x', session())
    assert one(storage.session_store, signed_in)[:3] == ('ok', 'session store', store_of(path))


@pytest.mark.parametrize('statement', ['PRAGMA user_version = 1', 'PRAGMA user_version = 3',
                                       'CREATE TABLE session (sid TEXT)'])
def test_a_session_store_that_is_of_another_version_or_program(statement, signed_in, path):
    connection = sqlite3.connect(store_of(path))
    connection.execute(statement)
    connection.close()
    chmod(0o600, store_of(path))
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and 'version' in text and mend.startswith('rm ' + store_of(path))


def test_a_session_store_in_redis_is_fine(signed_in, redis_server):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = redis_server.url
    assert one(storage.session_store, signed_in)[:3] == ('ok', 'session store', redis_server.url)


def test_a_redis_server_that_is_not_there(signed_in):
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'redis://:marked@127.0.0.1:%d/0' % free_port()
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and 'ConnectionError' in text and 'TRAC_OIDC_SESSION_STORE' in mend
    assert 'marked' not in text


def test_a_redis_server_that_drops_sessions(signed_in, redis_kind):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = redis_kind.url
    client = redis_kind.client
    client.config_set('maxmemory', 10 ** 9)
    client.config_set('maxmemory-policy', 'allkeys-lru')
    try:
        mark, _, text, mend = one(storage.session_store, signed_in)
    finally:
        client.config_set('maxmemory-policy', 'noeviction')
    assert mark == 'warning' and 'allkeys-lru' in text and 'noeviction' in mend
    assert one(storage.session_store, signed_in)[0] == 'ok'
    client.config_set('maxmemory', 0)


def test_a_redis_server_that_can_be_listened_to(signed_in, monkeypatch):
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'redis://:marked@redis.example/0'
    monkeypatch.setattr('trac_unit.oidc.stores.redis.facts', lambda url: {})
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'warning' and 'listen' in text and 'rediss://' in mend and 'marked' not in text
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'rediss://:marked@redis.example/0'
    assert one(storage.session_store, signed_in)[0] == 'ok'


def test_a_redis_server_without_its_library(signed_in, monkeypatch):
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'redis://localhost'
    monkeypatch.setitem(sys.modules, 'trac_unit.oidc.stores.redis', None)
    monkeypatch.delattr(stores, 'redis', raising=False)
    mark, _, _, mend = one(storage.session_store, signed_in)
    assert (mark, mend) == ('error', 'pip install "trac-unit[redis]"')


def test_a_session_store_that_others_can_read(signed_in, path):
    open(store_of(path), 'w').close()
    chmod(0o644, store_of(path))
    mark, _, _, mend = one(storage.session_store, signed_in)
    assert (mark, mend) == ('warning', 'chmod 600 %s' % store_of(path))


def test_a_session_store_that_is_none(signed_in, path):
    with open(store_of(path), 'wb') as file:
        file.write(b'<html>' * 999)
    chmod(0o600, store_of(path))
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and 'not a database' in text and mend.startswith('rm ')
    os.unlink(store_of(path))
    os.mkdir(store_of(path))
    assert one(storage.session_store, signed_in)[0] == 'error'


def test_a_session_store_that_units_user_cannot_use(signed_in, path):
    mark, _, text, _ = one(storage.session_store, as_account(STRANGER, signed_in))
    assert mark == 'error' and 'stranger cannot make files' in text
    open(store_of(path), 'w').close()
    chmod(0o600, store_of(path))
    chmod(0o777, path)
    looked_at = as_account(STRANGER, signed_in)
    looked_at.account = type('Bits', (Account,), {
        'may': Account._fits, 'barrier': lambda self, path: None})('stranger', 54321, 1, ())
    mark, _, text, mend = one(storage.session_store, looked_at)
    assert mark == 'error' and mend == 'chown stranger %s' % store_of(path)


def test_a_session_store_in_a_folder_that_is_not_there(signed_in):
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'sqlite:///nowhere/at/all.db'
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and mend.startswith('mkdir -p /nowhere/at')


def test_without_sign_in_there_is_no_session_store(settings):
    assert found(storage.session_store, settings) == []


def test_an_egg_cache_that_cannot_be_written(settings, path, tmpdir):
    mark, _, text, mend = one(storage.egg_cache, as_account(STRANGER, settings))
    assert mark == 'warning' and mend.startswith('mkdir -p %s/.egg-cache' % path)
    settings['PYTHON_EGG_CACHE'] = str(tmpdir.join('file'))
    tmpdir.join('file').write('')
    assert one(storage.egg_cache, settings)[0] == 'warning'


# Serving

def test_static_files_that_are_not_deployed(settings, path):
    shutil.rmtree(layout.static_folder(path))
    mark, _, _, mend = one(serving.static_files, settings)
    assert (mark, mend) == ('warning', 'trac-unit init %s' % path)


def test_static_files_of_another_trac(settings, path):
    common = layout.common_folder(layout.static_folder(path))
    with open(os.path.join(common, 'css', 'trac.css'), 'a') as file:
        file.write('/* older */')
    os.unlink(os.path.join(common, 'css', 'wiki.css'))
    mark, _, text, _ = one(serving.static_files, settings)
    assert mark == 'warning' and text.startswith('2 in ')


def test_static_files_that_unit_cannot_read(settings, path):
    assert one(serving.static_files, as_account(STRANGER, settings))[0] in ('error', 'ok')
    css = layout.common_folder(layout.static_folder(path)) + '/css'
    chmod(0o700, css)
    assert one(serving.static_files, as_account(STRANGER, settings))[0] == 'error'


def test_static_files_that_unit_shares_from_elsewhere(settings, path, tmpdir):
    os.rename(layout.static_folder(path), str(tmpdir.join('www')))
    mark, _, text, _ = one(serving.static_files, settings,
                           unit=configuration(share=str(tmpdir.join('www')) + '$uri'))
    assert mark == 'ok' and str(tmpdir.join('www')) in text


def configuration(uri='/chrome/*', share='', **action):
    whole = {'routes': [{'match': {'uri': uri}, 'action': dict(action, share=share or '$uri')}]}
    return json.loads(json.dumps(whole))


@pytest.mark.parametrize('uri', ['/chrome/*', '/chrome/common/*', ['/favicon.ico', '/chrome/*']])
def test_a_route_to_static_files(settings, path, uri):
    share = layout.static_folder(path) + '$uri'
    assert marks(found(serving.static_routes, settings,
                       unit=configuration(uri, share, fallback={}))) == {'ok'}
    first, second = found(serving.static_routes, settings, unit=configuration(uri, [share]))
    assert first[0] == 'warning' and 'no "fallback"' in first[2] and second[0] == 'ok'


def test_a_route_for_any_environment(settings, path, tmpdir):
    os.makedirs(str(tmpdir.join('www', 'one', 'chrome', 'common', 'css')))
    open(str(tmpdir.join('www', 'one', 'chrome', 'common', 'css', 'trac.css')), 'w').close()
    assert one(serving.static_routes, settings, unit=configuration(
        '/*/chrome/*', str(tmpdir.join('www')) + '$uri', fallback={}))[0] == 'ok'


@pytest.mark.parametrize('name, leads_to, counts', [
    ('trac', 'applications/trac', True), ('trac', 'applications/trac/target', True),
    ('trac', 'applications/wiki', False), ('trac', 'applications/trac2', False),
    ('trac', 'routes/main', True), ('trac', 5, True)])
def test_the_routes_of_other_applications_are_theirs(name, leads_to, counts):
    whole = configuration(fallback={'pass': leads_to})
    assert len(unit.chrome_routes(whole, name)) == counts
    assert len(unit.chrome_routes({'routes': {'x': whole['routes']}}, name)) == counts


def test_a_route_to_a_folder_without_them(settings):
    for more, mark in (({'fallback': {}}, 'warning'), ({}, 'error')):
        results = found(serving.static_routes, settings,
                        unit=configuration('/chrome/*', '/nowhere$uri', **more))
        assert results[-1][0] == mark
        assert 'no /nowhere/chrome/common/css/trac.css' in results[-1][2]


@pytest.mark.parametrize('routes', [
    None, [], {}, 17, u'x', [17], [{}], {'a': 1, 'b': [None]}, [{'match': [], 'action': []}],
    [{'match': {'uri': 17}, 'action': {'share': 1}}],
    [{'match': {'uri': u'/chrome/*'}, 'action': {'share': [17, None]}}],
    [{'match': {'uri': u'!/chrome/*'}, 'action': {'share': u'/x$uri'}}]])
def test_routes_without_static_files(settings, routes):
    mark, subject, _, mend = one(serving.static_routes, settings, unit={'routes': routes})
    assert (mark, subject, mend) == ('warning', 'static route', 'trac-unit config')


@pytest.mark.parametrize('size, limit, mark', [
    ('262144', None, 'ok'), ('8388608', None, 'warning'), ('-1', None, 'warning'),
    ('20000000', 30000000, 'ok'), ('20000000', 20000000, 'warning')])
def test_uploads_against_what_unit_takes(settings, path, size, limit, mark):
    configure(path, 'attachment', 'max_size', size)
    whole = {'settings': {'http': {'max_body_size': limit}}} if limit else {}
    result = one(serving.uploads, settings, unit=whole)
    assert result[0] == mark and (result[3] is None) == (mark == 'ok')


@pytest.mark.parametrize('whole', [None, {}, {'settings': 1}, {'settings': {'http': []}},
                                   {'settings': {'http': {'max_body_size': u'x'}}}])
def test_units_own_limit_holds_where_nothing_else_is_set(whole):
    assert unit.max_body_size(whole) == 8388608


@pytest.mark.parametrize('url, mark', [
    ('', 'warning'), ('https://trac.example.org', 'ok'), ('http://localhost:8000', 'ok'),
    ('http://trac.example.org', 'warning')])
def test_the_address(settings, url, mark):
    assert one(serving.base_url, dict(settings, TRAC_BASE_URL=url))[0] == mark


@pytest.mark.parametrize('url, secure, mark', [
    ('', 'disabled', 'note'), ('https://trac.example.org', 'enabled', 'ok'),
    ('https://trac.example.org', 'disabled', 'warning'),
    ('http://localhost:8000', 'enabled', 'error'), ('http://localhost:8000', 'disabled', 'ok')])
def test_secure_cookies_go_with_https(settings, path, url, secure, mark):
    configure(path, 'trac', 'secure_cookies', secure)
    result = one(serving.cookies, dict(settings, TRAC_BASE_URL=url))
    assert result[0] == mark
    if mark in ('warning', 'error'):
        wanted = 'enabled' if secure == 'disabled' else 'disabled'
        assert result[3] == 'trac-admin %s config set trac secure_cookies %s' % (path, wanted)


@pytest.mark.parametrize('inside, count', [
    ('', 0), ('https://trac.example.org', 0), ('https://trac.example.org/', 0),
    ('http://trac.example.org', 1), ('https://trac.example.org/x', 1), ('http://[', 1)])
def test_two_addresses_that_differ(settings, path, inside, count):
    configure(path, 'trac', 'base_url', inside)
    settings['TRAC_BASE_URL'] = 'https://trac.example.org'
    assert len(found(serving.trac_address, settings)) == count


def test_x_sendfile_is_nothing_that_unit_knows(settings, path):
    assert found(serving.send_file, settings) == []
    configure(path, 'trac', 'use_xsendfile', 'enabled')
    mark, _, text, mend = one(serving.send_file, settings)
    assert mark == 'error' and mend.endswith('config set trac use_xsendfile disabled')
