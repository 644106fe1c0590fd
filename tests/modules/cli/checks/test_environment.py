# -*- coding: utf-8 -*-
"""What `trac-unit check` says of environments."""

import errno
import os
import shutil
import subprocess

import pytest
from trac.env import Environment
from trac.perm import PermissionSystem

from support.checked_environment import STRANGER, as_account, marks
from support.checked_environment import (made, owner, path, settings,  # noqa: F401 (fixtures)
                                         signed_in)
from support.checking import chmod, configure, found, one
from trac_unit.cli.checks import environment as environments, serving, storage
from trac_unit.cli.host import trac_environment
from trac_unit.cli.host.accounts import Account
from trac_unit.environment.process_user import user_name


THEMES = [(environments, check) for check in environments.CHECKS] + [
    (storage, check) for check in storage.CHECKS]


@pytest.mark.parametrize('theme, check', THEMES)
def test_an_environment_made_by_init_is_fine(signed_in, theme, check):  # noqa: F811
    assert marks(found(check, signed_in)) <= {'ok'}


@pytest.mark.parametrize('name', ['', 'conf'])
def test_an_environment_that_is_not_there(settings, path, name):  # noqa: F811
    shutil.rmtree(path)
    if name:
        os.makedirs(os.path.join(path, name))
    assert one(environments.opens, settings) == (
        'error', 'environment', 'there is no Trac environment at %s' % path,
        'trac-unit init %s' % path)


def test_an_environment_that_cannot_be_seen_is_not_called_missing(
        settings, monkeypatch):  # noqa: F811
    monkeypatch.setattr(Account, 'barrier', lambda self, path: '/')  # noqa: F811
    settings['TRAC_ENV'] += '/hidden'
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and text.endswith(', who cannot enter /') and mend.endswith('+x /')


def test_an_environment_of_an_older_trac(settings, path):  # noqa: F811
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
def test_a_broken_environment_is_told_in_lines(settings, path, place, content):  # noqa: F811
    with open(os.path.join(path, place), 'wb') as file:
        file.write(content)
    for theme in environments, storage, serving:
        for check in theme.CHECKS:
            for mark, _, text, mend in found(check, settings):
                assert '\n' not in text and 'Traceback' not in text
                assert mark != 'error' or mend


def test_a_database_that_is_gone_is_an_error(settings, path):  # noqa: F811
    os.unlink(path + '/db/trac.db')
    mark, _, text, _ = one(environments.opens, settings)
    assert mark == 'error' and 'trac.db' in text


@pytest.mark.parametrize('place, mode, told, how', [
    ('conf/trac.ini', 0o200, 'conf/trac.ini cannot be read', 'r'),
    ('db/trac.db', 0o400, 'db/trac.db cannot be written', 'rw'),
    ('db', 0o500, 'db cannot be written', 'rwx'),
    ('VERSION', 0o000, 'VERSION cannot be read', 'r'),
    ('plugins', 0o600, 'plugins cannot be entered', 'rx')])
def test_what_units_user_cannot_do(settings, path, owner, place, mode, told, how):  # noqa: F811
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


def test_what_is_another_user_s_is_given_to_units_user(settings, path, monkeypatch):  # noqa: F811
    looked_at = as_account(STRANGER, settings)
    monkeypatch.setattr(Account, 'barrier', lambda self, path: None)
    chmod(0o700, path, 'conf')
    texts = dict((text, mend) for _, _, text, mend in found(environments.permissions, looked_at))
    assert texts[os.path.join(path, 'conf') + ' cannot be read or entered by stranger'] == \
        'chown -R stranger ' + path


@pytest.mark.parametrize('uid, gid, letter', [(54321, 1, 'u'), (1, 54321, 'g'), (1, 1, 'o')])
def test_a_folder_on_the_way_that_units_user_cannot_enter_is_named(
        settings, path, monkeypatch, uid, gid, letter):  # noqa: F811
    class Status(object):
        st_mode, st_uid, st_gid = 0o40000, uid, gid

    looked_at = as_account(STRANGER, settings)
    monkeypatch.setattr(os, 'stat', lambda path: Status)
    place = '/closed/trac/conf'
    assert looked_at.cannot(place, 'rx') == (
        '/closed/trac/conf cannot be read or entered by stranger, who cannot enter /')
    assert looked_at.allow(place, 'rx', '/closed/trac') == 'chmod %s+x /' % letter


def test_a_log_file_counts_where_trac_writes_one(settings, path, owner):  # noqa: F811
    chmod(0o500, path, 'log')
    assert marks(found(environments.permissions, as_account(owner, settings))) == {'ok'}
    configure(path, 'logging', 'log_type', 'file')
    mark, _, text, _ = one(environments.permissions, as_account(owner, settings))
    chmod(0o700, path, 'log')
    assert mark == 'error' and 'log cannot be written' in text


def test_a_stranger_is_told_of_a_closed_folder_once(settings, path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(Account, 'barrier', lambda self, place: os.path.join(path, 'conf')
                        if place.endswith('trac.ini') else None)
    for name in 'conf', 'db':
        chmod(0o750, path, name)
    results = found(environments.permissions, as_account(STRANGER, settings))
    assert marks(results) == {'error'}
    assert [text.split(' ')[0][len(path):] for _, _, text, _ in results
            if '/conf' in text] == ['/conf']


def test_what_this_user_cannot_use_is_told_with_the_packages_own_command(
        settings, path, monkeypatch):  # noqa: F811
    may = os.access
    monkeypatch.setattr(os, 'access', lambda place, how: (
        not place.endswith('trac.ini') and may(place, how)))
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and ' at %s/conf/trac.ini, found ' % path in text
    assert mend == 'chown -R %s %s && chmod -R u+rwX %s' % (user_name(), path, path)


def test_a_log_of_another_users_is_a_matter_of_permissions(
        settings, path, monkeypatch):  # noqa: F811
    def open_current(path):
        raise EnvironmentError(errno.EACCES, 'Permission denied', path + '/log/trac.log')

    monkeypatch.setattr(trac_environment, 'open_current', open_current)
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and path + '/log/trac.log' in text and mend.startswith('chown -R ')


@pytest.mark.parametrize('said', ['unable to check for upgrade of x', 'upgrade your database'])
def test_a_failure_that_speaks_of_an_upgrade_is_not_taken_for_one(
        settings, path, monkeypatch, said):  # noqa: F811
    def open_current(path):
        raise ValueError(said)

    monkeypatch.setattr(trac_environment, 'open_current', open_current)
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and said in text and mend.startswith('see the message')


@pytest.mark.parametrize('place', ['conf/trac.ini', 'db/trac.db'])
def test_files_that_everybody_can_read(settings, path, place):  # noqa: F811
    chmod(0o755, os.path.dirname(os.path.join(path, place)))
    chmod(0o644, path, place)
    mark, _, text, mend = one(environments.privacy, settings)
    assert mark == 'warning' and place in text
    assert mend == 'chmod o-rwx %s/%s' % (path, place)


def test_components_of_this_package_that_are_off(settings, path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(trac_environment, 'own_components', lambda: ['trac_unit.example.*'])
    results = found(environments.components, settings)
    assert results[0] == ('error', 'components', 'trac_unit.example.* is not enabled',
                          'trac-unit init %s' % path)
    configure(path, 'components', 'trac_unit.example.*', 'enabled')
    assert marks(found(environments.components, settings)) == {'ok'}


def test_tracs_own_login_module_is_needed(settings, path):  # noqa: F811
    configure(path, 'components', 'trac.web.auth.LoginModule', 'disabled')
    mark, _, text, mend = one(environments.components, settings)
    assert mark == 'error' and 'who is signed in' in text
    assert mend.endswith('config set components trac.web.auth.LoginModule enabled')


@pytest.mark.parametrize('name, mark', [('anonymous', 'error'), ('authenticated', 'error'),
                                        ('bob', 'ok')])
def test_who_the_administrator_is(settings, path, name, mark):  # noqa: F811
    environment = Environment(path)
    PermissionSystem(environment).grant_permission(name, 'TRAC_ADMIN')
    environment.shutdown()
    result = one(environments.administrator, settings)
    assert result[0] == mark and name in result[2]
    if mark == 'error':
        assert result[3] == 'trac-admin %s permission remove %s TRAC_ADMIN' % (path, name)


def test_nobody_is_the_administrator(settings, path):  # noqa: F811
    environment = Environment(path)
    PermissionSystem(environment).revoke_permission('alice', 'TRAC_ADMIN')
    environment.shutdown()
    assert one(environments.administrator, settings) == (
        'warning', 'administrator', 'nobody', 'trac-unit init %s --admin NAME' % path)


def test_a_trac_without_a_log(settings, path):  # noqa: F811
    configure(path, 'logging', 'log_type', 'none')
    mark, _, _, mend = one(environments.log, settings)
    assert mark == 'warning' and mend.endswith('config set logging log_type stderr')


def test_a_log_without_its_folder_keeps_trac_from_opening(settings, path):  # noqa: F811
    configure(path, 'logging', 'log_type', 'file')
    shutil.rmtree(os.path.join(path, 'log'))
    mark, _, text, mend = one(environments.log, settings)
    assert mark == 'error' and text.startswith('there is no folder %s/log ' % path)
    assert mend == 'mkdir -p %s/log && chown %s %s/log' % (path, user_name(), path)
    subprocess.check_call(mend, shell=True)
    assert one(environments.log, settings)[0] == 'ok'


def test_a_version_that_is_gone_is_no_new_environment(settings, path):  # noqa: F811
    os.remove(os.path.join(path, 'VERSION'))
    mark, _, text, mend = one(environments.opens, settings)
    assert mark == 'error' and 'expected the file VERSION' in text
    subprocess.check_call(mend, shell=True)
    assert one(environments.opens, settings)[0] == 'ok'


# A parent directory

@pytest.fixture
def several(path, tmpdir):  # noqa: F811
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
    settings = {'TRAC_ENV_PARENT_DIR': parent}  # noqa: F811
    assert one(environments.parent_folder, settings)[0] == 'error'
    os.mkdir(parent)
    mark, _, _, mend = one(environments.parent_folder, settings)
    assert mark == 'warning' and mend == 'trac-unit init %s/NAME --prefix /NAME' % parent


def test_an_environment_called_like_the_path_of_the_sign_in(several):
    os.rename(several['TRAC_ENV_PARENT_DIR'] + '/one', several['TRAC_ENV_PARENT_DIR'] + '/oidc')
    several.update(TRAC_OIDC_ISSUER='http://127.0.0.1:1', TRAC_OIDC_CLIENT_ID='x')
    mark, subject, _, _ = one(environments.parent_folder, several)
    assert (mark, subject) == ('error', 'TRAC_OIDC_PATH')
