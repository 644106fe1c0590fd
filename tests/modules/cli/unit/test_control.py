"""Reaching Unit's control API: what is there, what is not, and what is somebody else."""

import collections
import os
import socket

import pytest

from support.fake_unit import fake, folder, no_variables  # noqa: F401 (fixtures)
from support.serving import free_port
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.main import main
from trac_unit.cli.unit import control


@pytest.fixture
def denied(fake, monkeypatch):  # noqa: F811
    def connect(self):
        raise socket.error(13, 'Permission denied')
    monkeypatch.setattr(control.UnixConnection, 'connect', connect)
    return fake.address


def reason(address, path='/config'):
    with pytest.raises(CommandError) as caught:
        control.Control(address, timeout=5).get(path)
    assert str(caught.value).endswith('.') and '\n' not in str(caught.value)
    return caught.value.reason


def test_no_socket(folder):  # noqa: F811
    assert reason('unix:%s/nothing' % folder) == 'control_missing'
    assert reason('%s/nothing' % folder) == 'control_missing'


def test_a_socket_that_nobody_listens_at(folder):  # noqa: F811
    path = os.path.join(folder, 'dead')
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(path)
    dead.close()
    assert reason('unix:' + path) == 'control_silent'
    assert reason('127.0.0.1:%d' % free_port()) == 'control_silent'


def test_a_socket_of_another_user(denied):
    assert reason(denied) == 'control_denied'


@pytest.mark.parametrize('address', ['', 'relative/path', 'example.org', 'example.org:0',
                                     'example.org:99999', 'a b:1', 'https://example.org:1',
                                     'example.org:80\n'])
def test_no_address(address):
    with pytest.raises(CommandError) as caught:
        control.Control(address)
    assert caught.value.reason == 'control'


@pytest.mark.parametrize('answer', [(200, b'<html>'), (200, b'\xff'), (500, {'error': 'x'}),
                                    (302, [])])
def test_what_is_not_unit(fake, monkeypatch, answer):  # noqa: F811
    monkeypatch.setattr(fake, 'get', lambda path: answer)
    assert reason(fake.address) == 'control_foreign'


@pytest.mark.parametrize('answer', [['x'], None, 'x', {'listeners': 1}, {'settings': None},
                                    {'applications': ['x']}, {'error': 'Not found.'}])
@pytest.mark.parametrize('command', ['apply', 'reload'])
def test_another_api_in_json_is_not_unit(
        fake, environment, monkeypatch, capsys, answer, command):  # noqa: F811
    monkeypatch.setattr(fake, 'get', lambda path: (404 if 'error' in (answer or ()) else 200,
                                                   answer))
    path = [environment] if command == 'apply' else []
    assert main([command] + path + ['--control', fake.address]) == 2
    err = capsys.readouterr().err
    assert 'Traceback' not in err
    assert 'does not answer as Unit' in err or 'Unit has no application' in err
    assert fake.puts == []


def test_the_order_of_unit_s_json_is_kept(fake):  # noqa: F811
    fake.config = collections.OrderedDict((str(number), number) for number in range(50))
    assert list(control.Control(fake.address).get('/config')) == list(fake.config)
