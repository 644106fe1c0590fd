# -*- coding: utf-8 -*-
"""trac-unit apply and reload: what they change in a running Unit, and what they leave alone."""
import collections
import copy
import json
import os
import shutil
import signal
import socket
import tempfile
import threading

import pytest

from serving import Certificate, Unavailable, UnitServer, free_port, skip_unless_required
from trac_unit.cli import main, reload
from trac_unit.cli._accounts import Account
from trac_unit.cli.errors import CommandError
from trac_unit.cli.unit import control, merge, probe

try:
    from http.server import BaseHTTPRequestHandler
    from socketserver import ThreadingMixIn, UnixStreamServer
except ImportError:  # Python 2.7
    from BaseHTTPServer import BaseHTTPRequestHandler
    from SocketServer import ThreadingMixIn, UnixStreamServer

try:
    from http.client import HTTPConnection
except ImportError:  # Python 2.7
    from httplib import HTTPConnection

SECRET = 'hidden-9Qz'
EMPTY = {'listeners': {}, 'routes': [], 'applications': {}}
OTHER = {
    'settings': {'http': {'max_body_size': 1000}},
    'listeners': {'*:9000': {'pass': 'routes/blog'}},
    'routes': {'blog': [{'action': {'share': '/srv/blog$uri'}}]},
    'applications': {'shop': {'type': 'php', 'root': '/srv/shop',
                              'environment': {'SHOP_PASSWORD': SECRET}}}}


class Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a test that breaks off


class FakeUnit(object):
    """Unit's control API, as far as it keeps a configuration, on a UNIX socket.

    config: the configuration, parsed JSON.
    refusals: what it answers to the next PUTs in place of doing them: (status, JSON) or None.
    """

    def __init__(self, folder):
        self.config = copy.deepcopy(EMPTY)
        self.refusals = []
        self.puts = []
        self.certificates = {}
        self.address = 'unix:' + os.path.join(folder, 'control')

        class Handler(BaseHTTPRequestHandler):
            def address_string(self):
                return 'unix'

            def log_message(self, *args):
                pass

            def do_GET(handler):
                handler.answer(*self.get(handler.path))

            def do_PUT(handler):
                data = handler.rfile.read(int(handler.headers['Content-Length']))
                handler.answer(*self.put(handler.path, json.loads(
                    data.decode('utf-8'), object_pairs_hook=collections.OrderedDict)))

            def answer(handler, status, value):
                data = value if isinstance(value, bytes) else json.dumps(value).encode('utf-8')
                handler.send_response(status)
                handler.send_header('Content-Length', str(len(data)))
                handler.end_headers()
                handler.wfile.write(data)

        self._server = Server(self.address[len('unix:'):], Handler)
        thread = threading.Thread(target=self._server.serve_forever, args=(.02,))
        thread.daemon = True
        thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _all(self):
        return {'config': self.config, 'certificates': self.certificates}

    def get(self, path):
        value = self._all()
        for part in path.strip('/').split('/'):
            if part not in value:
                return 404, {'error': "Value doesn't exist."}
            value = value[part]
        return 200, value

    def put(self, path, value):
        if self.refusals:
            refusal = self.refusals.pop(0)
            if refusal:
                return refusal
        self.puts.append((path, value))
        parts = path.strip('/').split('/')
        everything = self._all()
        place = everything
        for part in parts[:-1]:
            place = place[part]
        place[parts[-1]] = value
        self.config = everything['config']
        return 200, {'success': 'Reconfiguration done.'}


@pytest.fixture
def folder():
    """A folder with a short path, as that of a socket has to be."""
    path = tempfile.mkdtemp(prefix='trac-unit-')
    yield path
    shutil.rmtree(path)


@pytest.fixture
def fake(folder):
    server = FakeUnit(folder)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in list(os.environ):
        if name.startswith('TRAC_') or name == 'PYTHON_EGG_CACHE':
            monkeypatch.delenv(name)


@pytest.fixture
def answers(monkeypatch):
    """Have Trac answer, or not: a list of what probe.ask() was called with."""
    asked = []

    def ask(*arguments):
        asked.append(arguments)
        return 200
    monkeypatch.setattr(probe, 'ask', ask)
    return asked


@pytest.fixture
def apply(fake, environment, capsys):
    """Run `trac-unit apply`; return status, output and errors."""
    def run(*arguments):
        status = main(('apply', environment, '--control', fake.address) + arguments)
        captured = capsys.readouterr()
        assert 'Traceback' not in captured.err
        return status, captured.out, captured.err
    return run


def raiser(error):
    def function(*arguments):
        raise error
    return function


# Changing

def test_an_empty_unit_gets_everything(apply, fake, answers):
    status, out, err = apply()
    assert status == 0, err
    assert fake.config['listeners'] == {'127.0.0.1:8080': {'pass': 'routes/trac'}}
    assert list(fake.config['routes']) == list(fake.config['applications']) == ['trac']
    assert fake.config['settings']['http']['max_body_size'] == 8 * 2 ** 20
    assert answers == [(('127.0.0.1', 8080), False, '/', 'localhost')]
    assert '+        "127.0.0.1:8080": {' in out and 'Trac answers at 127.0.0.1:8080/' in out


def test_others_are_left_untouched(apply, fake, answers):
    fake.config = copy.deepcopy(OTHER)
    status, out, err = apply()
    assert status == 0, err
    assert fake.config['settings'] == OTHER['settings']
    for part in 'listeners', 'routes', 'applications':
        ours = [name for name in fake.config[part] if name not in OTHER[part]]
        assert len(ours) == 1
        del fake.config[part][ours[0]]
    assert fake.config == OTHER
    assert 'settings.http.max_body_size' in err and '1000 bytes' in err


def test_no_secret_of_anybody_is_shown(apply, fake, answers, monkeypatch):
    fake.config = copy.deepcopy(OTHER)
    for name, value in (('ISSUER', 'https://login.example.org'), ('CLIENT_ID', 'trac'),
                        ('CLIENT_SECRET', SECRET)):
        monkeypatch.setenv('TRAC_OIDC_' + name, value)
    status, out, err = apply('--with-secrets')
    assert status == 0, err
    assert SECRET not in out + err and '"TRAC_OIDC_CLIENT_SECRET": "***"' in out
    trac = fake.config['applications']['trac']['environment']
    assert trac['TRAC_OIDC_CLIENT_SECRET'] == SECRET


def test_a_dry_run_shows_the_change_and_makes_none(apply, fake, answers):
    status, out, err = apply('--dry-run')
    assert status == 0, err
    assert '+    "applications": {' in out and 'Nothing was changed' in out
    assert (fake.config, fake.puts, answers) == (EMPTY, [], [])


def test_the_second_time_there_is_nothing_to_do(apply, fake, answers):
    apply()
    status, out, err = apply()
    assert status == 0 and 'has this configuration already' in out
    assert len(fake.puts) == 1 and len(answers) == 2


def test_what_an_administrator_added_to_ours_stays(apply, fake, answers):
    apply()
    trac = fake.config['applications']['trac']
    trac.update(user='www', isolation={'rootfs': '/x'})
    trac['environment'].update(TZ='UTC', RELOADED_BY_TRAC_UNIT='1')
    fake.config['listeners']['127.0.0.1:8080']['backlog'] = 7
    fake.config['access_log'] = '/var/log/access'
    fake.config['settings']['http']['log_route'] = True
    status, out, err = apply('--processes', '7')
    assert status == 0, err
    trac = fake.config['applications']['trac']
    assert (trac['processes'], trac['user'], trac['isolation']) == (7, 'www', {'rootfs': '/x'})
    assert trac['environment']['TZ'] == 'UTC' and 'RELOADED_BY_TRAC_UNIT' in trac['environment']
    assert fake.config['listeners']['127.0.0.1:8080']['backlog'] == 7
    assert fake.config['settings']['http']['log_route'] is True
    assert fake.config['access_log'] == '/var/log/access'


def test_an_option_that_is_no_longer_given_is_no_longer_there(apply, fake, answers):
    apply('--prefix', '/trac', '--proxy', '10.0.0.1')
    status, out, err = apply()
    assert status == 0, err
    assert 'prefix' not in fake.config['applications']['trac']
    assert fake.config['listeners'] == {'127.0.0.1:8080': {'pass': 'routes/trac'}}


def test_a_second_listener_is_told_of(apply, fake, answers):
    apply()
    status, out, err = apply('--listen', '127.0.0.1:8081')
    assert status == 0
    assert sorted(fake.config['listeners']) == ['127.0.0.1:8080', '127.0.0.1:8081']
    assert 'at 127.0.0.1:8080, too' in err


def test_a_listener_that_leads_to_our_application_directly_is_ours(apply, fake, answers):
    apply()
    fake.config['listeners']['127.0.0.1:8080']['pass'] = 'applications/trac'
    status, out, err = apply()
    assert status == 0, err
    assert fake.config['listeners']['127.0.0.1:8080']['pass'] == 'routes/trac'


# Refusing

TAKEN = [
    ('listener_taken', {'listeners': {'127.0.0.1:8080': {'pass': 'routes/blog'}}},
     'belongs to somebody else (it passes to routes/blog)'),
    ('listener_without_pass', {'listeners': {'127.0.0.1:8080': {}}}, 'belongs to somebody else'),
    ('route_taken', {'routes': {'trac': [{'action': {'pass': 'applications/blog'}}]}},
     'leads elsewhere'),
    ('route_redirects', {'routes': {'trac': [{'action': {'return': 301, 'location': '/x'}}]}},
     'leads elsewhere'),
    ('application_taken', {'applications': {'trac': {'type': 'python', 'module': 'recipe'}}},
     'its module is recipe'),
    ('application_of_targets', {'applications': {'trac': {'type': 'php', 'targets': {}}}},
     'is another one;'),
    ('routes_unnamed', {'routes': [{'action': {'pass': 'applications/blog'}}]},
     'without a name'),
    ('tls_lost', {'listeners': {'127.0.0.1:8080': {'pass': 'routes/trac',
                                                   'tls': {'certificate': 'x'}}}}, '--tls'),
]


@pytest.mark.parametrize('name, running, words', TAKEN, ids=[case[0] for case in TAKEN])
def test_what_is_somebody_else_s_is_refused(apply, fake, answers, name, running, words):
    fake.config = dict(copy.deepcopy(EMPTY), **copy.deepcopy(running))
    before = copy.deepcopy(fake.config)
    status, out, err = apply()
    assert status == 2 and words in err and out == ''
    assert err.splitlines()[-1].startswith('trac-unit: ')
    assert (fake.config, fake.puts, answers) == (before, [], [])


@pytest.mark.parametrize('name, running, words', [case for case in TAKEN
                                                  if case[0] != 'routes_unnamed'])
def test_it_can_be_taken_over(apply, fake, answers, name, running, words):
    fake.config = dict(copy.deepcopy(EMPTY), **copy.deepcopy(running))
    assert apply('--replace')[0] == 0
    assert fake.config['listeners']['127.0.0.1:8080'] == {'pass': 'routes/trac'}
    assert fake.config['applications']['trac']['module'] == 'trac_unit.trac_wsgi'


def test_settings_do_not_vanish_by_accident(apply, fake, answers, monkeypatch):
    monkeypatch.setenv('TRAC_OIDC_ISSUER', 'https://login.example.org')
    monkeypatch.setenv('TRAC_OIDC_CLIENT_ID', 'trac')
    apply()
    monkeypatch.delenv('TRAC_OIDC_ISSUER')
    monkeypatch.delenv('TRAC_OIDC_CLIENT_ID')
    status, out, err = apply()
    assert status == 2 and 'TRAC_OIDC_CLIENT_ID, TRAC_OIDC_ISSUER;' in err
    monkeypatch.setenv('TRAC_OIDC_ISSUER', '')
    monkeypatch.setenv('TRAC_OIDC_CLIENT_ID', '')
    assert apply()[0] == 0
    assert 'TRAC_OIDC_ISSUER' not in fake.config['applications']['trac']['environment']


def test_a_secret_may_move_into_a_file(apply, fake, answers, monkeypatch, tmpdir):
    monkeypatch.setenv('TRAC_OIDC_ISSUER', 'https://login.example.org')
    monkeypatch.setenv('TRAC_OIDC_CLIENT_ID', 'trac')
    monkeypatch.setenv('TRAC_OIDC_CLIENT_SECRET', SECRET)
    apply('--with-secrets')
    monkeypatch.delenv('TRAC_OIDC_CLIENT_SECRET')
    tmpdir.join('secret').write(SECRET)
    monkeypatch.setenv('TRAC_OIDC_CLIENT_SECRET_FILE', str(tmpdir.join('secret')))
    status, out, err = apply()
    assert status == 0, err
    assert SECRET not in json.dumps(fake.config) + out + err


def test_a_bundle_that_unit_does_not_have_is_told(apply, fake, answers):
    status, out, err = apply('--tls', 'example.org')
    assert status == 2 and 'certificates/example.org' in err and fake.puts == []
    fake.certificates['example.org'] = {}
    assert apply('--tls', 'example.org')[0] == 0
    assert answers[0][1] is True


# When it does not work out

def test_unit_s_refusal_is_told_with_its_reason(apply, fake, answers):
    fake.refusals = [(400, {'error': 'Invalid configuration.', 'detail': 'No module "x".'})]
    status, out, err = apply()
    assert status == 2 and fake.config == EMPTY and answers == []
    assert err.endswith('Unit refuses the change, and goes on as before: Invalid configuration: '
                        'No module "x".\n')


def test_an_address_in_use_is_told_which_unit_does_not(apply, fake, answers):
    taken = socket.socket()
    try:
        taken.bind(('127.0.0.1', 0))
        taken.listen(1)
        address = '127.0.0.1:%d' % taken.getsockname()[1]
        for known in False, True:
            fake.refusals = [(500, {'error': 'Failed to apply new configuration.'})]
            if known:  # then it is Unit itself that listens there
                fake.config['listeners'] = {address: {'pass': 'routes/trac'}}
            status, out, err = apply('--listen', address)
            assert (status, fake.puts) == (2, [])
            assert (address + ' is in use already' in err) is not known
            assert 'Failed to apply new configuration (its log has the reason)' in err
    finally:
        taken.close()
    fake.refusals = [(500, {'error': 'Failed to apply new configuration.'})]
    assert 'in use' not in apply('--listen', '127.0.0.1:%d' % free_port())[2]


@pytest.mark.parametrize('arguments, told', [
    (['nowhere/trac'], 'There is no Trac environment at {0}; run: trac-unit init {0}'),
    (['--parent', 'nowhere/trac'], 'There is no folder {0};')])
def test_what_is_not_there_does_not_take_the_place_of_a_trac(fake, answers, tmpdir, capsys,
                                                             monkeypatch, arguments, told):
    monkeypatch.chdir(tmpdir)
    command = ['apply', '--control', fake.address] + arguments
    assert main(command) == 2
    assert told.format(tmpdir.join('nowhere/trac')) in capsys.readouterr().err
    assert (fake.puts, answers) == ([], [])
    # The folder may be closed to whoever runs this, and not to Unit's user.
    with monkeypatch.context() as closed:
        closed.setattr(Account, 'barrier', lambda self, path: '/nowhere')
        assert main(command + ['--dry-run']) == 0
    # The files of another machine cannot be seen from here.
    monkeypatch.setattr(probe, 'is_here', lambda host: False)
    assert main(command) == 0


def test_the_old_configuration_comes_back_if_trac_does_not_answer(apply, fake, monkeypatch):
    fake.config = copy.deepcopy(OTHER)
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('answers 503 Service Unavailable')))
    status, out, err = apply()
    assert status == 2 and len(fake.puts) == 2 and fake.config == OTHER
    assert err.endswith('Trac answers 503 Service Unavailable; the configuration of before is in '
                        'place again.\n')


def test_the_old_configuration_is_kept_if_it_cannot_come_back(apply, fake, monkeypatch):
    fake.config = copy.deepcopy(OTHER)
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('does not answer (x)')))
    fake.refusals = [None, (500, {'error': 'Failed to apply new configuration.'})]
    status, out, err = apply()
    assert status == 2
    path = err.rstrip('.\n').split()[-1]
    try:
        assert os.stat(path).st_mode & 0o777 == 0o600
        with open(path) as file:
            assert json.load(file) == OTHER
    finally:
        os.remove(path)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_old_configuration_comes_back_after_an_interrupt(apply, fake, monkeypatch, number):
    def ask(*arguments):
        os.kill(os.getpid(), number)
        for _ in range(10 ** 6):
            pass  # Python runs the handler between two of its instructions
        return 200
    monkeypatch.setattr(probe, 'ask', ask)
    status, out, err = apply()
    assert (status, fake.config, len(fake.puts)) == (130, EMPTY, 2)
    assert err.splitlines()[-1] == ('trac-unit: Interrupted; the configuration of before is in '
                                    'place again.')


@pytest.mark.parametrize('error, status, told', [
    (KeyboardInterrupt(), 130, 'Interrupted; '),
    (CommandError('control_silent', 'Unit does not answer.'), 2, 'Unit does not answer; '),
    (ValueError('a defect'), 2, 'a defect; ')])
def test_a_change_whose_answer_is_missing_is_taken_back(apply, fake, answers, monkeypatch, error,
                                                        status, told):
    put = control.Control.put

    def lost(unit, path, value):
        put(unit, path, value)
        if len(fake.puts) == 1:
            raise error
    monkeypatch.setattr(control.Control, 'put', lost)
    assert (apply()[0], fake.config, answers) == (status, EMPTY, [])
    fake.puts = []
    assert told + 'the configuration of before is in place again.' in apply()[2]


def test_what_others_change_meanwhile_stays_when_ours_is_taken_back(apply, fake, monkeypatch):
    fake.config = copy.deepcopy(OTHER)

    def ask(*arguments):
        fake.config['listeners']['*:9001'] = {'pass': 'routes/blog'}
        fake.config['routes']['blog'] = []
        raise probe.NoAnswer('answers 503 Service Unavailable')
    monkeypatch.setattr(probe, 'ask', ask)
    assert apply()[0] == 2
    assert fake.config == dict(OTHER, routes={'blog': []}, listeners={
        '*:9000': {'pass': 'routes/blog'}, '*:9001': {'pass': 'routes/blog'}})


@pytest.mark.parametrize('now, after, before, expected', [
    ({'a': 1}, {'a': 1}, {'a': 2}, {'a': 2}),
    ({'a': 1}, {'a': 1}, {}, {}),
    ({}, {}, {'a': 1}, {'a': 1}),
    ({'a': 1, 'b': 2}, {'a': 1}, {}, {'b': 2}),
    ({'b': 2}, {}, {'a': 1}, {'b': 2, 'a': 1}),
    ({'a': 3}, {'a': 1}, {'a': 2}, {'a': 3}),
    ({}, {'a': 1}, {'a': 2}, {}),
    ({'a': {'b': 1, 'c': 2}}, {'a': {'b': 1}}, {'a': {'b': 0}}, {'a': {'b': 0, 'c': 2}}),
    ({'a': {'b': 1, 'c': 2}}, {'a': {'b': 1}}, {}, {'a': {'c': 2}}),
    ({'routes': {'a': 1, 'b': 1}}, {'routes': {'a': 1}}, {'routes': []}, {'routes': {'b': 1}}),
    ({'routes': {'a': 1}}, {'routes': {'a': 1}}, {'routes': []}, {'routes': []}),
    ({'a': 3}, {'a': 1}, {}, {'a': 3}), ([1, 2], [1], [], [1, 2]), (None, {'a': 1}, {}, None)])
def test_what_is_left_of_a_change_that_was_taken_back(now, after, before, expected):
    assert merge.undone(now, after, before) == expected


def test_a_trac_that_was_broken_before_is_told_and_nothing_changes(apply, fake, monkeypatch,
                                                                   answers):
    apply()
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('answers 503 Service Unavailable')))
    status, out, err = apply()
    assert status == 2 and len(fake.puts) == 1
    assert err.splitlines()[-1] == 'trac-unit: Trac answers 503 Service Unavailable.'


def test_a_change_of_secrets_alone_is_made(apply, fake, answers, monkeypatch):
    for name, value in (('ISSUER', 'https://login.example.org'), ('CLIENT_ID', 'trac'),
                        ('CLIENT_SECRET', 'old' + SECRET)):
        monkeypatch.setenv('TRAC_OIDC_' + name, value)
    apply('--with-secrets')
    monkeypatch.setenv('TRAC_OIDC_CLIENT_SECRET', 'new' + SECRET)
    status, out, err = apply('--with-secrets')
    assert status == 0 and SECRET not in out + err and '*** (another one)' in out
    environ = fake.config['applications']['trac']['environment']
    assert environ['TRAC_OIDC_CLIENT_SECRET'] == 'new' + SECRET


def test_the_order_of_members_is_no_change(apply, fake, answers):
    apply()
    trac = fake.config['applications']['trac']
    fake.config['applications']['trac'] = collections.OrderedDict(reversed(list(trac.items())))
    assert 'has this configuration already' in apply()[1]
    assert len(fake.puts) == 1


def test_merging_changes_nothing_in_what_was_running(environment):
    running = copy.deepcopy(OTHER)
    wanted = {'settings': {'http': {}}, 'listeners': {'*:1': {'pass': 'routes/trac'}},
              'routes': {'trac': []}, 'applications': {'trac': {'environment': {}}}}
    for configuration in running, {}:
        before = copy.deepcopy(configuration)
        merged = merge.merge(configuration, wanted, 'trac')
        assert configuration == before and merged['listeners']['*:1']
        assert merge.dropped_settings(configuration, wanted, 'trac') == []
        assert configuration == before


# Reaching Unit

@pytest.fixture
def denied(fake, monkeypatch):
    def connect(self):
        raise socket.error(13, 'Permission denied')
    monkeypatch.setattr(control.UnixConnection, 'connect', connect)
    return fake.address


def reason(address, path='/config'):
    with pytest.raises(CommandError) as caught:
        control.Control(address, timeout=5).get(path)
    assert str(caught.value).endswith('.') and '\n' not in str(caught.value)
    return caught.value.reason


def test_no_socket(folder):
    assert reason('unix:%s/nothing' % folder) == 'control_missing'
    assert reason('%s/nothing' % folder) == 'control_missing'


def test_a_socket_that_nobody_listens_at(folder):
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
def test_what_is_not_unit(fake, monkeypatch, answer):
    monkeypatch.setattr(fake, 'get', lambda path: answer)
    assert reason(fake.address) == 'control_foreign'


@pytest.mark.parametrize('answer', [['x'], None, 'x', {'listeners': 1}, {'settings': None},
                                    {'applications': ['x']}, {'error': 'Not found.'}])
@pytest.mark.parametrize('command', ['apply', 'reload'])
def test_another_api_in_json_is_not_unit(fake, environment, monkeypatch, capsys, answer, command):
    monkeypatch.setattr(fake, 'get', lambda path: (404 if 'error' in (answer or ()) else 200,
                                                   answer))
    path = [environment] if command == 'apply' else []
    assert main([command] + path + ['--control', fake.address]) == 2
    err = capsys.readouterr().err
    assert 'Traceback' not in err
    assert 'does not answer as Unit' in err or 'Unit has no application' in err
    assert fake.puts == []


def test_the_order_of_unit_s_json_is_kept(fake):
    fake.config = collections.OrderedDict((str(number), number) for number in range(50))
    assert list(control.Control(fake.address).get('/config')) == list(fake.config)


# Asking Trac

@pytest.mark.parametrize('listen, control_host, expected', [
    ('127.0.0.1:80', None, ('127.0.0.1', 80)), ('*:80', None, ('127.0.0.1', 80)),
    ('*:80', '10.0.0.9', ('10.0.0.9', 80)), ('127.0.0.1:80', '10.0.0.9', None),
    ('127.0.0.1:80', '127.0.0.1', ('127.0.0.1', 80)), ('[::1]:80', None, ('::1', 80)),
    ('[::]:80', None, ('127.0.0.1', 80)), ('10.0.0.8:80', '10.0.0.9', ('10.0.0.8', 80)),
    ('unix:/run/x', None, ('/run/x', None)), ('unix:/run/x', '10.0.0.9', None)])
def test_where_a_listener_can_be_asked(listen, control_host, expected):
    assert probe.reachable(listen, control_host) == expected


def test_a_listener_out_of_reach_is_told_of(monkeypatch, environment, fake, capsys):
    monkeypatch.setattr(probe, 'reachable', lambda listen, host: None)
    assert main(['apply', environment, '--control', fake.address]) == 0
    assert 'cannot be seen from this machine' in capsys.readouterr().out


def test_a_port_that_nobody_listens_at_is_no_answer():
    with pytest.raises(probe.NoAnswer) as caught:
        probe.ask(('127.0.0.1', free_port()), False, '/', 'localhost')
    assert 'does not answer' in str(caught.value)


# reload

def test_reload_changes_a_variable_and_nothing_else(fake, capsys):
    fake.config = copy.deepcopy(OTHER)
    fake.config['applications']['trac'] = {'environment': {'TRAC_ENV': '/srv/env'}}
    assert main(['reload', '--control', fake.address]) == 0
    (path, value), = fake.puts
    assert path == '/config/applications/trac/environment/RELOADED_BY_TRAC_UNIT'
    assert fake.config['applications']['trac'] == {
        'environment': {'TRAC_ENV': '/srv/env', 'RELOADED_BY_TRAC_UNIT': value}}
    assert 'trac' in capsys.readouterr().out


def test_reload_of_an_application_without_variables(fake):
    fake.config = {'applications': {'wiki': {'type': 'python'}}}
    assert main(['reload', '--name', 'wiki', '--control', fake.address]) == 0
    assert list(fake.config['applications']['wiki']['environment']) == ['RELOADED_BY_TRAC_UNIT']


def test_reload_names_the_applications_there_are(fake, capsys):
    fake.config = copy.deepcopy(OTHER)
    assert main(['reload', '--control', fake.address]) == 2
    assert 'has no application trac (it has shop)' in capsys.readouterr().err


def test_two_reloads_never_have_the_same_value():
    assert reload.stamp(0) == '1970-01-01T00:00:00.000000Z'
    assert reload.stamp(1.25) == '1970-01-01T00:00:01.250000Z'


def test_the_variable_of_reload_is_no_setting():
    assert not reload.VARIABLE.startswith(('TRAC_OIDC_', 'TRAC_UNIT_'))


# With a real Unit

@pytest.fixture
def unit(environment):
    """A real Unit that serves somebody else's files only."""
    try:
        server = UnitServer({'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off'})
    except Unavailable as e:
        skip_unless_required(e)
    with server:
        server.address = 'unix:' + server.path('control')
        os.mkdir(server.path('blog'))
        with open(server.path('blog/post.txt'), 'w') as file:
            file.write('a post')
        server.blog = free_port()
        server.others = {
            'listeners': {'127.0.0.1:%d' % server.blog: {'pass': 'routes/blog'}},
            'routes': {'blog': [{'action': {'share': server.path('blog') + '$uri'}}]},
            'applications': {}}
        server.control = control.Control(server.address)
        server.control.put('/config', server.others)
        yield server


def fetch(port, path, method='GET', headers=None):
    connection = HTTPConnection('127.0.0.1', port, timeout=60)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def applied(unit, environment, port, *arguments):
    return main(('apply', environment, '--control', unit.address,
                 '--listen', '127.0.0.1:%d' % port) + arguments)


@pytest.mark.unit
def test_a_real_unit_serves_trac_and_goes_on_serving_others(unit, environment, monkeypatch,
                                                            capsys):
    monkeypatch.setenv('TRAC_UNIT_TUNING', 'off')
    static = os.path.join(environment, 'static', 'chrome', 'common')
    os.makedirs(static)
    with open(os.path.join(static, 'ours.txt'), 'w') as file:
        file.write('from the folder')
    port = free_port()
    assert applied(unit, environment, port) == 0, capsys.readouterr().err
    assert 'Trac answers' in capsys.readouterr().out
    status, page = fetch(port, '/wiki')
    assert status == 200 and b'Welcome to Trac' in page
    assert fetch(port, '/chrome/common/ours.txt') == (200, b'from the folder')
    # Not deployed, so the fallback answers.
    status, style = fetch(port, '/chrome/common/css/trac.css')
    assert status == 200 and b'{' in style
    assert fetch(port, '/wiki', headers={'Remote-User': 'admin'})[0] == 400
    assert fetch(port, '/wiki', headers={'remote-USER': ''})[0] == 400
    assert fetch(unit.blog, '/post.txt') == (200, b'a post')
    assert applied(unit, environment, port) == 0
    assert 'already' in capsys.readouterr().out


@pytest.mark.unit
def test_a_real_unit_serves_a_prefix(unit, environment, monkeypatch, capsys):
    monkeypatch.setenv('TRAC_UNIT_TUNING', 'off')
    port = free_port()
    assert applied(unit, environment, port, '--prefix', '/team/trac') == 0
    status, page = fetch(port, '/team/trac/wiki')
    assert status == 200 and b'href="/team/trac/timeline"' in page
    assert fetch(port, '/team/trac/chrome/common/css/trac.css')[0] == 200
    assert [fetch(port, path)[0] for path in ('/', '/wiki', '/team/tracs')] == [404] * 3


@pytest.mark.unit
def test_a_real_unit_serves_many_environments(unit, parent_dir, monkeypatch, capsys):
    monkeypatch.setenv('TRAC_UNIT_TUNING', 'off')
    port = free_port()
    assert main(['apply', '--parent', parent_dir, '--control', unit.address,
                 '--listen', '127.0.0.1:%d' % port]) == 0
    for path in '/', '/one/wiki', '/two/chrome/common/css/trac.css':
        assert fetch(port, path)[0] == 200


@pytest.mark.unit
def test_a_real_unit_gets_its_configuration_back(unit, environment, capsys):
    shutil.rmtree(os.path.join(environment, 'conf'))
    before = unit.control.get('/config')
    port = free_port()
    assert applied(unit, environment, port) == 2
    err = capsys.readouterr().err
    assert 'answers 503' in err and 'reference=' in err and 'in place again' in err
    assert unit.control.get('/config') == before
    with pytest.raises(EnvironmentError):
        fetch(port, '/')


@pytest.mark.unit
def test_a_real_unit_refuses_what_it_cannot_run(unit, environment, capsys):
    before = unit.control.get('/config')
    status = main(['apply', environment, '--control', unit.address, '--python', '2.9', '--home',
                   str(_virtual_environment(unit, '2.9'))])
    assert status == 2 and 'python 2.9' in capsys.readouterr().err
    assert unit.control.get('/config') == before


def _virtual_environment(unit, version):
    path = unit.path('venv')
    os.makedirs(os.path.join(path, 'lib', 'python' + version, 'site-packages'))
    return path


@pytest.mark.unit
def test_a_real_unit_with_a_certificate(unit, environment, tmpdir, monkeypatch, capsys):
    monkeypatch.setenv('TRAC_UNIT_TUNING', 'off')
    monkeypatch.setenv('TRAC_BASE_URL', 'https://trac.example.org')
    port = free_port()
    assert applied(unit, environment, port, '--tls', 'bundle') == 2
    pem = str(tmpdir.join('bundle.pem'))
    Certificate(pem)
    connection = control.UnixConnection(unit.path('control'))
    with open(pem) as file:
        connection.request('PUT', '/certificates/bundle', file.read())
    assert connection.getresponse().status == 200
    connection.close()
    assert applied(unit, environment, port, '--tls', 'bundle') == 0, capsys.readouterr().err
    # Without it, the site would speak plain http from one moment to the next.
    assert applied(unit, environment, port) == 2


@pytest.mark.unit
def test_a_real_unit_reloads_without_losing_a_request(unit, environment, monkeypatch, capsys):
    monkeypatch.setenv('TRAC_UNIT_TUNING', 'off')
    port = free_port()
    assert applied(unit, environment, port, '--processes', '2') == 0
    statuses, done = [], threading.Event()

    def visit():
        while not done.is_set():
            try:
                statuses.append(fetch(port, '/about')[0])
            except Exception as e:
                statuses.append(e)
    threads = [threading.Thread(target=visit) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert main(['reload', '--control', unit.address]) == 0
    finally:
        done.set()
        for thread in threads:
            thread.join(90)
    assert statuses and set(statuses) == {200}
    environ = unit.control.get('/config/applications/trac/environment')
    assert reload.VARIABLE in environ
