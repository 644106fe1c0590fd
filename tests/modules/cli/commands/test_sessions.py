# -*- coding: utf-8 -*-
"""`trac-unit sessions`: who is signed in, and what ends when a person leaves."""
import json
import os
import re
import time

import pytest

from support.serving import free_port
from support.store_kinds import NOW, session
from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind)
from trac_unit.cli.commands import sessions
from trac_unit.cli.main import main
from trac_unit.oidc.relying_party import session_store
from trac_unit.settings.config import Config


@pytest.fixture
def variables(tmpdir, kind, monkeypatch):  # noqa: F811
    """The environment variables of a Trac with sign-in, a dict; this process has them."""
    variables = {'TRAC_ENV': str(tmpdir.mkdir('env')),
                 'TRAC_OIDC_ISSUER': 'https://provider.example', 'TRAC_OIDC_CLIENT_ID': 'trac',
                 'TRAC_OIDC_SESSION_STORE': kind.url}
    for name in list(os.environ):
        if name.startswith('TRAC_'):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sessions.time, 'time', lambda: NOW + 60.)
    return variables


@pytest.fixture
def store(variables):
    return session_store(Config.from_environ(variables))


@pytest.fixture
def command(capsys, variables):
    """What runs the command; returns its exit status, its output and its errors."""
    def command(*arguments):
        status = main(['sessions'] + list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err
    return command


def when(seconds):
    return time.strftime('%Y-%m-%d %H:%M', time.localtime(seconds))


def fill(store):
    store.add('a1', session(u'alice', NOW))
    store.add('a2', session(u'alice', NOW + 30))
    store.add('b1', session(u'bob', NOW + 10))


def test_who_is_signed_in_is_listed_the_newest_first(command, store):
    fill(store)
    status, out, err = command()
    assert (status, err) == (0, '')
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ['user', 'alice', 'bob', 'alice', '3']
    assert lines[1:3] == ['alice  %s  %s' % (when(NOW + 30), when(NOW + 30)),
                          'bob    %s  %s' % (when(NOW + 10), when(NOW + 10))]
    assert lines[-1] == '3 sessions of 2 people.'


def test_one_person_s_sessions(command, store):
    fill(store)
    status, out, _ = command('--user', 'bob')
    assert status == 0 and 'alice' not in out and out.endswith('\n1 session of 1 person.\n')


def test_nothing_secret_is_in_the_list(command, store):
    fill(store)
    out = command()[1]
    for hidden in ('a1', 'sid-1', 'token', 'sub-alice'):
        assert hidden not in out


@pytest.mark.parametrize('arguments, said', [
    ((), 'Nobody is signed in.\n'), (('--user', 'alice'), 'alice is not signed in.\n'),
    (('--user', 'alice', '--end'), 'alice: 0 sessions ended.\n')])
def test_nobody_is_signed_in(arguments, said, command, kind):  # noqa: F811
    assert command(*arguments) == (0, said, '')
    assert not os.path.exists(getattr(kind, 'path', 'nowhere')), 'it would be of another user'


def test_a_person_s_sessions_end_at_once(command, store):
    fill(store)
    assert command('--user', 'alice', '--end') == (0, 'alice: 2 sessions ended.\n', '')
    assert store.get('a1', NOW + 60) is None and store.get('a2', NOW + 60) is None
    assert store.get('b1', NOW + 60)
    assert command('--user', 'alice', '--end') == (0, 'alice: 0 sessions ended.\n', '')


def test_a_person_s_sessions_under_another_name_end_as_well(command, store):
    store.add('old', session(u'alice', subject=u'the same'))
    store.add('new', session(u'alicia', subject=u'the same'))
    assert command('--user', 'alicia', '--end')[1] == 'alicia: 2 sessions ended.\n'
    assert store.get('old', NOW + 60) is None


def test_a_person_of_any_language(command, store):
    store.add('x', session(u'žofie', NOW))
    status, out, _ = command('--user', 'žofie')
    assert status == 0 and '1 session of 1 person.' in out
    assert command('--user', 'žofie', '--end')[1].endswith(': 1 session ended.\n')
    assert store.get('x', NOW + 60) is None


def test_sessions_of_another_client_are_not_its_business(command, store, variables):
    other = session_store(Config.from_environ(dict(variables, TRAC_OIDC_CLIENT_ID='other')))
    other.add('x', session(u'alice'))
    assert command()[1] == 'Nobody is signed in.\n'
    assert command('--user', 'alice', '--end')[1] == 'alice: 0 sessions ended.\n'
    assert other.get('x', NOW + 60)


def test_sessions_that_have_ended_by_themselves_are_not_listed(command, store, monkeypatch):
    fill(store)
    monkeypatch.setattr(sessions.time, 'time', lambda: NOW + 12 * 3600 + 20)
    assert '1 session of 1 person.' in command()[1]


def test_the_settings_can_be_those_of_a_unit_configuration(
        command, store, variables, tmpdir, monkeypatch):
    fill(store)
    for name in variables:
        monkeypatch.delenv(name)
    file = tmpdir.join('unit.json')
    file.write(json.dumps({'applications': {'wiki': {
        'type': 'python', 'module': 'trac_unit.trac_wsgi', 'environment': variables}}}))
    assert '3 sessions of 2 people.' in command('--config', str(file))[1]


@pytest.mark.parametrize('arguments, changes, said', [
    (['--end'], {}, '--end needs --user'),
    (['--application', 'x'], {}, '--application needs --config'),
    (['--config', '/nowhere.json'], {}, '/nowhere.json cannot be read'),
    (['--user', 'a\nb'], {}, '--user: expected text without control characters'),
    ([], {'TRAC_OIDC_ISSUER': None, 'TRAC_OIDC_CLIENT_ID': None,
          'TRAC_OIDC_SESSION_STORE': None}, 'TRAC_OIDC_ISSUER is not set'),
    ([], {'TRAC_OIDC_SESSION_STORE': 'redis://:marked@x:y'},
     'TRAC_OIDC_SESSION_STORE: expected sqlite:///PATH')])
def test_what_cannot_be_done_is_a_sentence(arguments, changes, said, command, monkeypatch):
    for name, value in changes.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    status, out, err = command(*arguments)
    assert (status, out) == (2, '') and said in err and 'marked' not in err


@pytest.mark.parametrize('url', ['sqlite:///dev/null', 'redis://:marked@127.0.0.1:%d'])
def test_a_store_that_cannot_be_used_is_a_sentence(url, command, monkeypatch):
    monkeypatch.setenv('TRAC_OIDC_SESSION_STORE', url.replace('%d', str(free_port())))
    for arguments in ([], ['--user', 'alice', '--end']):
        status, out, err = command(*arguments)
        assert (status, out) == (1, '')
        assert re.match('trac-unit: The session store cannot be used: .*\\.\n\\Z', err)
        assert 'marked' not in err


@pytest.mark.parametrize('times', [(2 ** 62, 0), (-2 ** 62, 0), (0, 10 ** 18)])
def test_times_and_names_that_nobody_of_ours_wrote_do_no_harm(times):
    strange = session(u'\x1b[2J\n' + u'a' * 1000)
    strange.created, strange.seen = times
    lines = sessions.table([strange, session()])
    assert len(lines) == 3 and not re.search(u'[\x00-\x1f]', u''.join(lines))
    assert u'?' in lines[1]
