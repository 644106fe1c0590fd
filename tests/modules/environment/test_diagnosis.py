# -*- coding: utf-8 -*-
"""What is wrong with an environment, and the command that mends it."""

import errno
import os
import re
import shutil
import tempfile

import pytest

from support.sound_environment import fails, opens
from support.sound_environment import sound  # noqa: F401 (a fixture)
from trac_unit._compat import PY2
from trac_unit.environment import middleware as module
from trac_unit.environment.diagnosis import check_folder, diagnose
from trac_unit.errors import EnvironmentUnavailable


def denied(monkeypatch, path):
    """Have os.access() say no for `path`, as it never does to root."""
    access = os.access
    monkeypatch.setattr(module.os, 'access',
                        lambda place, mode: place != path and access(place, mode))


def test_a_sound_environment_has_nothing_to_tell(sound):  # noqa: F811
    opened = []
    diagnose(sound, opened.append)
    assert opened == [sound]


def remove(*names):
    def damage(path):
        for name in names:
            os.remove(os.path.join(path, name))
    return damage


@pytest.mark.parametrize('name', ['VERSION', 'conf/trac.ini', 'log', 'db', 'db/trac.db', 'files',
                                  'files/attachments', ''])
def test_what_this_user_may_not_use_is_named_with_the_command_that_mends_it(
        sound, monkeypatch, name):  # noqa: F811
    place = os.path.join(sound, name) if name else sound
    denied(monkeypatch, place)
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(sound, opens)
    assert caught.value.reason == 'environment_permission'
    assert re.search(r'at %s, found .*run: chown -R \S+ %s && chmod -R u\+rwX %s\Z'
                     % (re.escape(place), re.escape(sound), re.escape(sound)), str(caught.value))


@pytest.fixture
def shared():
    """The path of a sound environment, with a space in it, that "nobody" can read and write."""
    folder = os.path.realpath(tempfile.mkdtemp())
    os.chmod(folder, 0o755)
    path = os.path.join(folder, 'my tracs', 'trac')
    try:
        for name in ('VERSION', 'conf/trac.ini', 'db/trac.db', 'log/trac.log', 'files/x'):
            place = os.path.join(path, name)
            if not os.path.isdir(os.path.dirname(place)):
                os.makedirs(os.path.dirname(place))
            open(place, 'w').close()
        for place, folders, names in os.walk(folder):
            for name in [place] + [os.path.join(place, name) for name in names]:
                os.chmod(name, 0o777)
        yield path
    finally:
        for place, folders, names in os.walk(folder):
            for name in folders:
                os.chmod(os.path.join(place, name), 0o700)
        shutil.rmtree(folder)


def as_nobody(function, *arguments):
    """What `function` raises in a process that may not read and write everything."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            function(*arguments)
            said = 'nothing'
        except EnvironmentUnavailable as e:
            said = '%s %s' % (e.reason, e)
        except BaseException as e:
            said = 'not this: %r' % e
        os.write(writing, said.encode('utf-8'))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, 'rb') as pipe:
        said = pipe.read().decode('utf-8')
    os.waitpid(pid, 0)
    return said


def test_what_nobody_may_read_and_write_is_sound_to_nobody(shared):
    assert as_nobody(diagnose, shared, opens) == 'nothing'


def append_to_log(path):
    """An opener that writes the log, as Trac does."""
    open(os.path.join(path, 'log', 'trac.log'), 'a').close()


@pytest.mark.parametrize('closed, mode', [
    ('', 0), ('VERSION', 0), ('conf', 0), ('conf', 0o600), ('conf/trac.ini', 0), ('db', 0o600),
    ('db/trac.db', 0o400), ('log', 0o500), ('log/trac.log', 0o400), ('files', 0o600)])
def test_what_is_closed_to_this_user_comes_with_the_command_that_opens_it(shared, closed, mode):
    os.chmod(os.path.join(shared, closed), mode)
    said = as_nobody(diagnose, shared, append_to_log)
    assert said.startswith('environment_permission expected a '), said
    assert ' at %s, found' % os.path.join(shared, closed).rstrip('/') in said
    assert re.search("; run: chown -R [a-z0-9]+ '%s' && chmod -R u[+]rwX '%s'$"
                     % (re.escape(shared), re.escape(shared)), said), said


def test_a_folder_that_is_gone_comes_with_the_command_that_makes_it(shared):
    shutil.rmtree(os.path.join(shared, 'log'))
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(shared, append_to_log)
    assert caught.value.reason == 'environment_incomplete'
    said = str(caught.value)
    assert said.startswith('expected a folder at %s/log, found none; run: mkdir -p ' % shared)
    os.system(said.partition('; run: ')[2])
    diagnose(shared, append_to_log)


def test_a_file_that_is_gone_is_not_taken_for_a_folder(shared):
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(shared, lambda path: open(os.path.join(path, 'conf', 'nothing')))
    assert caught.value.reason == 'environment_broken'


@pytest.mark.parametrize('name', [
    '/etc/no-such-folder/plugin.conf', 'git', u'git', b'git', '', None, 3, ['log/x']])
def test_what_a_plugin_misses_elsewhere_is_no_folder_to_make(shared, name):
    def opener(path):
        raise OSError(errno.ENOENT, 'No such file or directory', name)

    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(shared, opener)
    assert caught.value.reason == 'environment_broken'
    assert 'run: ' not in str(caught.value)


def test_a_version_that_is_gone_comes_with_the_command_that_writes_it(shared):
    os.remove(os.path.join(shared, 'VERSION'))
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(shared, opens)
    assert caught.value.reason == 'environment_incomplete'
    os.system(str(caught.value).partition('; run: ')[2])
    with open(os.path.join(shared, 'VERSION')) as file:
        assert file.read() == 'Trac Environment Version 1\n'
    diagnose(shared, opens)


def test_a_closed_folder_on_the_way_is_not_taken_for_a_missing_environment(shared):
    above = os.path.dirname(shared)
    os.chmod(above, 0o600)
    for check in (check_folder, lambda path: diagnose(path, opens)):
        said = as_nobody(check, shared)
        assert said.startswith('environment_permission expected that the user '), said
        assert said.endswith("; run: chmod o+x '%s'" % above), said


def test_a_folder_that_is_missing_is_told_with_the_command_that_makes_one(tmpdir):
    path = str(tmpdir.join('nothing'))
    for check in (check_folder, lambda path: diagnose(path, opens)):
        with pytest.raises(EnvironmentUnavailable) as caught:
            check(path)
        assert caught.value.reason == 'environment_missing'
        assert str(caught.value).endswith('trac-admin %s initenv' % path)


def test_a_path_in_a_command_is_one_word_to_the_shell(tmpdir):
    path = str(tmpdir.join("it's; here"))
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(path, opens)
    assert str(caught.value).endswith(
        "run: trac-admin '%s' initenv" % path.replace("'", "'\"'\"'"))


def test_a_folder_that_is_no_environment_is_told_with_the_command_that_makes_one(tmpdir):
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(str(tmpdir), opens)
    assert caught.value.reason == 'environment_invalid'
    assert str(caught.value).endswith('trac-admin %s initenv' % tmpdir)


@pytest.mark.parametrize('error, reason, told', [
    (Exception('The Trac Environment needs to be upgraded.'), 'environment_upgrade', 'upgrade'),
    (Exception('Unable to check for upgrade of trac.db.api.DatabaseManager: DatabaseError: file '
               'is not a database'), 'environment_broken', None),
    (Exception('database is locked'), 'environment_broken', None),
    (KeyError('x'), 'environment_broken', None),
    (Exception(u'poškozená\ndatabáze'), 'environment_broken', None),
    (Exception(u'poškozená'.encode('utf-8')), 'environment_broken', None)])
def test_what_trac_says_is_one_line_with_what_mends_it(sound, error, reason, told):  # noqa: F811
    with pytest.raises(EnvironmentUnavailable) as caught:
        diagnose(sound, fails(error))
    text = str(caught.value)
    assert caught.value.reason == reason
    assert sound in text and type(error).__name__ in text and '\n' not in text
    assert text.endswith('; run: trac-admin %s upgrade' % sound) is bool(told)


@pytest.mark.skipif(not PY2, reason='Trac on Python 3 takes any path')
def test_on_python_2_an_environment_at_a_path_with_accents_is_told(environment, tmpdir):
    path, link = str(tmpdir.join('žluť')), str(tmpdir.join('link'))
    shutil.copytree(environment, path)
    os.symlink(path, link)
    for place in path, link:
        with pytest.raises(EnvironmentUnavailable) as caught:
            diagnose(place, None)
        assert caught.value.reason == 'environment_path'
        assert "run: mv '%s' /ANOTHER/PATH" % path in str(caught.value)
