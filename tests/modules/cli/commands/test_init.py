# -*- coding: utf-8 -*-
"""``trac-unit init``: what it makes, that it can be run again, and what it refuses."""

import io
import os
import pwd
import shutil
import stat
import subprocess

import pytest
from trac.core import TracError
from trac.env import Environment, open_environment
from trac.perm import PermissionSystem

from trac_unit._compat import PY2, to_text
from trac_unit.cli.commands import init
from trac_unit.cli.host import layout, static_files, trac_environment
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.main import main

as_root = pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')


@pytest.fixture
def path(tmpdir):
    return str(tmpdir.join('srv', 'trac'))


@pytest.fixture
def run(capsys, path):
    """Run `trac-unit init PATH` with more arguments; returns the status, output and errors."""
    def run_it(*arguments):
        status = main(['init', path] + list(arguments), (init,))
        output, errors = capsys.readouterr()
        return status, to_text(output), to_text(errors)
    return run_it


def lines(output, word):
    return [line for line in output.splitlines() if line.startswith(word + u' ')]


def mode(*parts):
    return stat.S_IMODE(os.stat(os.path.join(*parts)).st_mode)


def snapshot(folder):
    """What is in a folder: the content, mode and owner of each file."""
    found = {}
    for place, folders, names in os.walk(folder):
        for name in names:
            file = os.path.join(place, name)
            status = os.lstat(file)
            with open(file, 'rb') as content:
                found[file] = content.read(), status.st_mode, status.st_uid
    assert found
    return found


def test_it_makes_an_environment_that_opens_with_no_question(run, path):
    status, output, errors = run('--name', 'Garden', '--admin', 'alice')
    assert (status, errors) == (0, '')
    environment = open_environment(path)
    try:
        assert environment.project_name == 'Garden'
        assert environment.log_type == 'stderr'
        assert 'TRAC_ADMIN' in PermissionSystem(environment).get_user_permissions('alice')
        assert not PermissionSystem(environment).get_user_permissions('bob').get('TRAC_ADMIN')
    finally:
        environment.shutdown()
    assert len(lines(output, u'made')) >= 3


def test_without_a_name_the_project_is_called_like_its_folder(run, path):
    assert run()[0] == 0
    environment = open_environment(path)
    assert environment.project_name == 'trac'
    environment.shutdown()


def test_a_name_and_an_administrator_may_have_any_letter(run, path):
    assert run('--name', 'Zahrada u řeky', '--admin', 'žofie')[0] == 0
    environment = open_environment(path)
    assert environment.project_name == u'Zahrada u řeky'
    assert trac_environment.administrators(environment) == [u'žofie']
    environment.shutdown()


def test_the_static_files_are_where_unit_looks_for_them(run, path):
    run()
    static = layout.static_folder(path)
    assert os.path.isfile(static + '/chrome/common/css/trac.css')
    assert os.path.isfile(os.path.join(layout.common_folder(static), layout.PROBE))
    # What administrators put into htdocs must not be copied once and go stale.
    assert os.listdir(os.path.join(static, 'chrome')) == ['common']


def test_static_files_can_be_put_elsewhere(run, path, tmpdir):
    elsewhere = str(tmpdir.join('www'))
    assert run('--static', elsewhere)[0] == 0
    assert os.path.isfile(elsewhere + '/chrome/common/css/trac.css')
    assert not os.path.exists(layout.static_folder(path))


@pytest.mark.parametrize('prefix', ['/trac', '/team/trac', '/team/trac/'])
def test_below_a_prefix_the_same_folder_answers(run, path, prefix):
    assert run('--prefix', prefix)[0] == 0
    assert os.path.isfile(layout.static_folder(path) + prefix.rstrip('/')
                          + '/chrome/common/css/trac.css')
    status, output, _ = run('--prefix', prefix)
    assert status == 0 and not lines(output, u'made')


@pytest.mark.parametrize('prefix, many', [(None, False), ('/other', False), ('/trac', True)])
def test_at_the_end_it_says_how_to_check_it_and_those_beside_it(run, path, prefix, many):
    _, output, _ = run(*['--prefix', prefix] if prefix else [])
    assert output.splitlines()[-1] == 'Next: trac-unit check %s' % path + (
        ', or for all that are beside it: trac-unit check --parent %s'
        % os.path.dirname(path) if many else '')


@pytest.mark.parametrize('prefix', ['trac', '/../x', '/chrome', '/a//b', '/a/./b', '/a b', '/ž'])
def test_a_prefix_that_is_none_is_refused(run, path, prefix):
    status, _, errors = run('--prefix', prefix)
    assert status == 2 and 'expected a path like /trac' in errors
    assert not os.path.exists(path)


def test_the_prefix_of_the_root_is_none(run, path):
    assert run('--prefix', '/')[0] == 0
    assert os.listdir(layout.static_folder(path)) == [layout.CHROME]


def test_what_is_missing_and_cannot_be_completed_is_told_with_what_mends_it(run, path):
    run()
    os.unlink(os.path.join(path, 'db', 'trac.db'))
    status, _, errors = run()
    assert status == 1 and 'put it back from a backup' in errors
    assert not os.path.exists(os.path.join(path, 'db', 'trac.db'))


def test_what_is_in_the_place_of_a_prefix_is_left_alone(run, path):
    run()
    os.mkdir(layout.static_folder(path) + '/trac')
    status, _, errors = run('--prefix', '/trac')
    assert status == 2 and 'is in the place of the link' in errors


def test_other_users_can_read_neither_trac_ini_nor_the_database(run, path):
    run()
    for folder in 'conf', 'db', 'log':
        assert not mode(path, folder) & 0o007, folder
    assert not mode(path, 'conf', 'trac.ini') & 0o007
    assert not mode(path, 'db', 'trac.db') & 0o007


def test_the_umask_of_the_caller_neither_closes_nor_opens_anything(run, path):
    before = os.umask(0o077)
    try:
        run()
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
    assert mode(path) == 0o755
    assert mode(layout.static_folder(path), 'chrome', 'common', 'css', 'trac.css') == 0o644


def test_running_it_again_changes_nothing(run, path):
    run('--admin', 'alice')
    before = snapshot(path)
    status, output, _ = run('--admin', 'alice', '--name', 'Another name')
    assert status == 0
    assert not lines(output, u'made') and len(lines(output, u'there')) >= 4
    assert snapshot(path) == before


def test_running_it_again_completes_what_is_missing_and_nothing_else(run, path):
    run()
    static = os.path.join(layout.common_folder(layout.static_folder(path)), 'css')
    os.unlink(os.path.join(static, 'trac.css'))
    with open(os.path.join(static, 'wiki.css'), 'w') as file:
        file.write('of an older Trac')
    os.chmod(os.path.join(path, 'conf', 'trac.ini'), 0o644)
    with io.open(os.path.join(path, 'conf', 'trac.ini'), 'a') as file:
        file.write(u'\n[mine]\nkept = yes\n')
    before = snapshot(path)
    status, output, _ = run('--admin', 'alice')
    assert status == 0
    assert u'1 added, 1 renewed' in output
    assert lines(output, u'there')[0].endswith(path)
    changed = set(name for name, value in snapshot(path).items() if before.get(name) != value)
    assert set(os.path.relpath(name, path) for name in changed) == {
        'static/chrome/common/css/trac.css', 'static/chrome/common/css/wiki.css',
        'conf/trac.ini', 'db/trac.db'}
    assert mode(path, 'conf', 'trac.ini') & 0o007 == 0
    with io.open(os.path.join(path, 'conf', 'trac.ini')) as file:
        assert u'kept = yes' in file.read()


def test_folders_that_are_gone_come_back(run, path):
    run()
    for name in init.FOLDERS:
        shutil.rmtree(os.path.join(path, name))
    status, output, errors = run()
    assert (status, errors) == (0, '')
    assert u'made   folders        htdocs, log, plugins, templates' in output
    assert all(os.path.isdir(os.path.join(path, name)) for name in init.FOLDERS)
    assert u'folders        ' not in run()[1]


def test_an_environment_that_lost_its_version_is_not_called_something_else(run, path):
    run()
    with open(os.path.join(path, 'VERSION')) as file:
        before = file.read()
    os.remove(os.path.join(path, 'VERSION'))
    status, _, errors = run()
    assert status == 2 and 'has lost its file VERSION; run: echo ' in errors
    assert 'remove it' not in errors
    subprocess.check_call(errors.partition('run: ')[2].partition(', and then')[0], shell=True)
    with open(os.path.join(path, 'VERSION')) as file:
        assert file.read() == before
    assert run()[0] == 0


def test_a_login_module_that_is_off_is_told_and_left_alone(run, path):
    assert u'LoginModule' not in run()[1]
    environment = Environment(path)
    environment.config.set('components', 'trac.web.auth.LoginModule', 'disabled')
    environment.config.save()
    environment.shutdown()
    todo, = [line for line in lines(run()[1], u'todo') if u'LoginModule' in line]
    assert u'run: trac-admin %s config set components trac.web.auth.LoginModule enabled' % path \
        in todo


def test_without_an_administrator_it_says_how_to_get_one(run):
    assert u'--admin NAME' in lines(run()[1], u'todo')[0]
    assert u'alice' in lines(run('--admin', 'alice')[1], u'made')[0]
    assert u'alice' in lines(run()[1], u'there')[1]


def test_an_administrator_by_a_group_is_one(run, path):
    run()
    environment = Environment(path)
    permissions = PermissionSystem(environment)
    permissions.grant_permission('board', 'TRAC_ADMIN')
    permissions.grant_permission('alice', 'board')
    environment.shutdown()
    assert not lines(run('--admin', 'alice')[1], u'made')


@pytest.mark.parametrize('name, told', [
    ('anonymous', 'everybody'), ('authenticated', 'everybody'),
    ('ADMIN', 'capital letters'), ('TRAC_ADMIN', 'capital letters'),
    ('', 'no name'), (' ', 'no name'), ('a\nb', 'no name')])
def test_a_name_that_would_make_others_administrators_is_refused(run, path, name, told):
    status, _, errors = run('--admin', name)
    assert status == 2 and told in errors
    assert not os.path.exists(path)


def test_bytes_that_are_no_text_are_refused(run, path):
    name = b'\xff'.decode('utf-8', 'surrogateescape') if not PY2 else '\xff'
    status, _, errors = run('--name', name)
    assert status == 2 and 'UTF-8' in errors


def test_the_components_of_this_package_are_enabled(run, path, monkeypatch):
    monkeypatch.setattr(trac_environment, 'own_components', lambda: ['trac_unit.example.*'])
    assert u'trac_unit.example.*' in lines(run()[1], u'made')[1]
    environment = Environment(path)
    assert environment.config.get('components', 'trac_unit.example.*') == 'enabled'
    environment.shutdown()
    assert not [line for line in lines(run()[1], u'made') if u'components' in line]


def test_a_folder_with_something_else_in_it_is_left_alone(run, path):
    os.makedirs(path)
    with open(os.path.join(path, 'letter.txt'), 'w') as file:
        file.write('dear')
    status, _, errors = run()
    assert status == 2 and 'is no Trac environment' in errors
    assert os.listdir(path) == ['letter.txt']


def test_an_empty_path_is_not_the_current_folder(tmpdir, monkeypatch, capsys):
    monkeypatch.chdir(tmpdir)
    assert main(['init', ''], (init,)) == 2
    assert capsys.readouterr().err == ('trac-unit: PATH is empty; name the folder of the '
                                       'environment.\n')
    assert tmpdir.listdir() == []


def test_an_empty_folder_is_used(run, path):
    os.makedirs(path)
    assert run()[0] == 0


def test_a_failure_leaves_no_half_environment_behind(run, path, monkeypatch):
    def fail(*args, **kwargs):
        os.makedirs(os.path.join(path, 'db'))
        with open(os.path.join(path, 'VERSION'), 'w'):
            raise TracError('no luck')

    monkeypatch.setattr(trac_environment, 'open_quietly', fail)
    status, _, errors = run()
    assert status == 1 and 'no luck' in errors and 'Traceback' not in errors
    assert not os.path.exists(path)
    os.makedirs(path)
    assert run()[0] == 1
    assert os.listdir(path) == []


def test_an_environment_that_does_not_open_is_told_in_one_sentence(run, path):
    run()
    os.unlink(os.path.join(path, 'db', 'trac.db'))
    status, _, errors = run()
    assert status == 1 and errors.count('\n') == 1
    assert 'trac.db' in errors


def test_an_environment_of_an_older_trac_is_not_upgraded_behind_ones_back(run, path):
    run()
    environment = Environment(path)
    environment.db_transaction("UPDATE system SET value='40' WHERE name='database_version'")
    environment.shutdown()
    before = snapshot(path)
    status, _, errors = run()
    assert status == 1 and 'trac-admin %s upgrade' % path in errors
    assert snapshot(path) == before


@pytest.mark.parametrize('static', ['', '..', '../..'])
def test_the_folder_that_unit_shares_never_holds_the_environment(run, path, static):
    status, _, errors = run('--static', os.path.join(path, static))
    assert status == 2 and 'to everybody' in errors
    assert not os.path.exists(path)


def test_static_files_are_not_written_through_a_link(run, path, tmpdir):
    run()
    common = layout.common_folder(layout.static_folder(path))
    victim = tmpdir.join('victim')
    victim.write('untouched')
    os.unlink(os.path.join(common, 'css', 'trac.css'))
    os.symlink(str(victim), os.path.join(common, 'css', 'trac.css'))
    assert run()[0] == 0
    assert victim.read() == 'untouched'
    assert not os.path.islink(os.path.join(common, 'css', 'trac.css'))


@pytest.mark.parametrize('place', ['static', 'static/chrome', 'static/chrome/common/css'])
def test_nor_into_a_folder_that_is_a_link(run, path, tmpdir, place):
    run()
    os.rename(os.path.join(path, place), str(tmpdir.join('before')))
    os.symlink(str(tmpdir.mkdir('victim')), os.path.join(path, place))
    status, _, errors = run()
    assert status == 2 and 'is a link' in errors
    assert os.listdir(str(tmpdir.join('victim'))) == []


def test_a_user_who_does_not_exist_is_told(run, path):
    status, _, errors = run('--user', 'nobody-of-that-name')
    assert status == 2 and 'There is no user nobody-of-that-name' in errors
    assert not os.path.exists(path)


def test_who_is_not_root_cannot_give_files_away(run, path, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 12345)
    other = pwd.getpwuid(0).pw_name
    status, _, errors = run('--user', other)
    assert status == 2 and 'Only root' in errors
    assert not os.path.exists(path)


def test_ones_own_name_needs_no_root(run):
    assert run('--user', pwd.getpwuid(os.geteuid()).pw_name)[0] == 0


@as_root
def test_everything_is_given_to_units_user(run, path, tmpdir):
    uid = pwd.getpwnam('nobody').pw_uid
    outside = tmpdir.join('outside')
    outside.write('')
    assert run('--user', 'nobody', '--prefix', '/trac')[0] == 0
    os.symlink(str(outside), os.path.join(path, 'files-link'))
    os.chown(os.path.join(path, 'README'), 0, 0)
    status, output, _ = run('--user', 'nobody')
    assert status == 0 and u'of 2 files' in output
    for place, folders, names in os.walk(path):
        for name in folders + names + ['.']:
            assert os.lstat(os.path.join(place, name)).st_uid == uid
    assert os.stat(str(outside)).st_uid == 0  # what a link leads to is not ours to give


@as_root
def test_the_owner_of_a_folder_owns_what_root_adds_later(run, path):
    run('--user', 'nobody')
    os.unlink(layout.static_folder(path) + '/chrome/common/css/trac.css')
    assert run()[0] == 0
    added = os.stat(layout.static_folder(path) + '/chrome/common/css/trac.css')
    assert added.st_uid == pwd.getpwnam('nobody').pw_uid


@as_root
def test_roots_environment_is_told_to_need_an_owner(run):
    assert any(u'--user' in line for line in lines(run()[1], u'todo'))


@pytest.mark.parametrize('number, text, root_helps', [
    (13, 'Permission denied', True), (1, 'Operation not permitted', True),
    (17, 'File exists', False), (28, 'No space left on device', False)])
def test_a_place_that_cannot_be_written_is_one_sentence(run, path, monkeypatch, number, text,
                                                        root_helps):
    def fail(*args):
        raise OSError(number, text, path)

    monkeypatch.setattr(os, 'makedirs', fail)
    status, _, errors = run()
    assert status == 2 and text in errors and ('as root' in errors) is root_helps


def test_what_else_goes_wrong_is_one_sentence_too(run, monkeypatch):
    def fail(*args):
        raise RuntimeError('odd\nthing')

    monkeypatch.setattr(static_files, 'deploy', fail)
    status, _, errors = run()
    assert status == 1 and errors.count('\n') == 1 and 'odd thing' in errors


def test_a_trac_that_cannot_be_imported_is_one_sentence(run, path, monkeypatch):
    def fail():
        raise CommandError('trac_import', 'Trac cannot be imported: ImportError: no')

    monkeypatch.setattr(trac_environment, 'import_trac', fail)
    status, _, errors = run()
    assert status == 2 and 'cannot be imported' in errors
    assert not os.path.exists(path)


@pytest.mark.skipif(not PY2, reason='Trac on Python 3 takes any path')
def test_on_python_2_a_path_with_accents_is_refused(capsys, tmpdir):
    status = main(['init', str(tmpdir.join('žluť'))], (init,))
    assert status == 2
    assert tmpdir.listdir() == []


@pytest.mark.skipif(PY2, reason='Trac on Python 2 takes no such path')
def test_on_python_3_a_path_may_have_accents(tmpdir):
    assert main(['init', str(tmpdir.join(u'žluť'))], (init,)) == 0


def test_opening_it_makes_no_log_file_that_would_be_roots(run, path):
    run()
    environment = Environment(path)
    environment.config.set('logging', 'log_type', 'file')
    environment.config.save()
    environment.shutdown()
    assert run()[0] == 0
    opened = trac_environment.open_current(path)
    assert opened.system_info  # the environment is itself a component
    opened.shutdown()
    assert not os.path.exists(os.path.join(path, 'log', 'trac.log'))
