# -*- coding: utf-8 -*-
"""trac-unit apply: what it changes in a running Unit, and what it leaves alone."""
import collections
import copy
import json
import os
import signal
import socket

import pytest

from support.fake_unit import EMPTY, OTHER, SECRET, raiser
from support.fake_unit import fake, folder, no_variables  # noqa: F401 (fixtures)
from support.serving import free_port
from trac_unit._compat import to_text
from trac_unit.cli.host.accounts import Account
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.main import main
from trac_unit.cli.unit import control, probe


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
def apply(fake, environment, capsys):  # noqa: F811
    """Run `trac-unit apply`; return status, output and errors."""
    def run(*arguments):
        status = main(('apply', environment, '--control', fake.address) + arguments)
        captured = capsys.readouterr()
        assert 'Traceback' not in captured.err
        return status, captured.out, captured.err
    return run


# Changing

def test_an_empty_unit_gets_everything(apply, fake, answers):  # noqa: F811
    status, out, err = apply()
    assert status == 0, err
    assert fake.config['listeners'] == {'127.0.0.1:8080': {'pass': 'routes/trac'}}
    assert list(fake.config['routes']) == list(fake.config['applications']) == ['trac']
    assert fake.config['settings']['http']['max_body_size'] == 8 * 2 ** 20
    assert answers == [(('127.0.0.1', 8080), False, '/', 'localhost')]
    assert '+        "127.0.0.1:8080": {' in out and 'Trac answers at 127.0.0.1:8080/' in out


def test_others_are_left_untouched(apply, fake, answers):  # noqa: F811
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


def test_no_secret_of_anybody_is_shown(apply, fake, answers, monkeypatch):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    for name, value in (('ISSUER', 'https://login.example.org'), ('CLIENT_ID', 'trac'),
                        ('CLIENT_SECRET', SECRET)):
        monkeypatch.setenv('TRAC_OIDC_' + name, value)
    status, out, err = apply('--with-secrets')
    assert status == 0, err
    assert SECRET not in out + err and '"TRAC_OIDC_CLIENT_SECRET": "***"' in out
    trac = fake.config['applications']['trac']['environment']
    assert trac['TRAC_OIDC_CLIENT_SECRET'] == SECRET


def test_a_dry_run_shows_the_change_and_makes_none(apply, fake, answers):  # noqa: F811
    status, out, err = apply('--dry-run')
    assert status == 0, err
    assert '+    "applications": {' in out and 'Nothing was changed' in out
    assert (fake.config, fake.puts, answers) == (EMPTY, [], [])


def test_the_second_time_there_is_nothing_to_do(apply, fake, answers):  # noqa: F811
    apply()
    status, out, err = apply()
    assert status == 0 and 'has this configuration already' in out
    assert len(fake.puts) == 1 and len(answers) == 2


def test_what_an_administrator_added_to_ours_stays(apply, fake, answers):  # noqa: F811
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


def test_an_option_that_is_no_longer_given_is_no_longer_there(apply, fake, answers):  # noqa: F811
    apply('--prefix', '/trac', '--proxy', '10.0.0.1')
    status, out, err = apply()
    assert status == 0, err
    assert 'prefix' not in fake.config['applications']['trac']
    assert fake.config['listeners'] == {'127.0.0.1:8080': {'pass': 'routes/trac'}}


def test_a_second_listener_is_told_of(apply, fake, answers):  # noqa: F811
    apply()
    status, out, err = apply('--listen', '127.0.0.1:8081')
    assert status == 0
    assert sorted(fake.config['listeners']) == ['127.0.0.1:8080', '127.0.0.1:8081']
    assert 'at 127.0.0.1:8080, too' in err


def test_a_listener_that_leads_to_our_application_directly_is_ours(
        apply, fake, answers):  # noqa: F811
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
def test_what_is_somebody_else_s_is_refused(
        apply, fake, answers, name, running, words):  # noqa: F811
    fake.config = dict(copy.deepcopy(EMPTY), **copy.deepcopy(running))
    before = copy.deepcopy(fake.config)
    status, out, err = apply()
    assert status == 2 and words in err and out == ''
    assert err.splitlines()[-1].startswith('trac-unit: ')
    assert (fake.config, fake.puts, answers) == (before, [], [])


@pytest.mark.parametrize('name, running, words', [case for case in TAKEN
                                                  if case[0] != 'routes_unnamed'])
def test_it_can_be_taken_over(apply, fake, answers, name, running, words):  # noqa: F811
    fake.config = dict(copy.deepcopy(EMPTY), **copy.deepcopy(running))
    assert apply('--replace')[0] == 0
    assert fake.config['listeners']['127.0.0.1:8080'] == {'pass': 'routes/trac'}
    assert fake.config['applications']['trac']['module'] == 'trac_unit.trac_wsgi'


def test_settings_do_not_vanish_by_accident(apply, fake, answers, monkeypatch):  # noqa: F811
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


def test_a_secret_may_move_into_a_file(apply, fake, answers, monkeypatch, tmpdir):  # noqa: F811
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


@pytest.mark.parametrize('name', ['example.org', 'žluť'])
def test_a_bundle_that_unit_does_not_have_is_told(apply, fake, answers, name):  # noqa: F811
    status, out, err = apply('--tls', name)
    assert status == 2 and 'certificates/' + to_text(name) in to_text(err) and fake.puts == []
    fake.certificates[to_text(name)] = {}
    assert apply('--tls', name)[0] == 0
    assert answers[0][1] is True


# When it does not work out

def test_unit_s_refusal_is_told_with_its_reason(apply, fake, answers):  # noqa: F811
    fake.refusals = [(400, {'error': 'Invalid configuration.', 'detail': 'No module "x".'})]
    status, out, err = apply()
    assert status == 2 and fake.config == EMPTY and answers == []
    assert err.endswith('Unit refuses the change, and goes on as before: Invalid configuration: '
                        'No module "x".\n')


def test_an_address_in_use_is_told_which_unit_does_not(apply, fake, answers):  # noqa: F811
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
    (['no where'], "There is no Trac environment at {0}; run: trac-unit init '{0}'"),
    (['--parent', 'nowhere/trac'], 'There is no folder {0};')])
def test_what_is_not_there_does_not_take_the_place_of_a_trac(
        fake, answers, tmpdir, capsys, monkeypatch, arguments, told):  # noqa: F811
    monkeypatch.chdir(tmpdir)
    command = ['apply', '--control', fake.address] + arguments
    assert main(command) == 2
    assert told.format(tmpdir.join(arguments[-1])) in capsys.readouterr().err
    assert (fake.puts, answers) == ([], [])
    # The folder may be closed to whoever runs this, and not to Unit's user.
    with monkeypatch.context() as closed:
        closed.setattr(Account, 'barrier', lambda self, path: '/nowhere')
        assert main(command + ['--dry-run']) == 0
    # The files of another machine cannot be seen from here.
    monkeypatch.setattr(probe, 'is_here', lambda host: False)
    assert main(command) == 0


def test_the_old_configuration_comes_back_if_trac_does_not_answer(
        apply, fake, monkeypatch):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('answers 503 Service Unavailable')))
    status, out, err = apply()
    assert status == 1 and len(fake.puts) == 2 and fake.config == OTHER
    assert err.endswith('Trac answers 503 Service Unavailable; the configuration of before is in '
                        'place again.\n')


def test_the_old_configuration_is_kept_if_it_cannot_come_back(
        apply, fake, monkeypatch):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('does not answer (x)')))
    fake.refusals = [None, (500, {'error': 'Failed to apply new configuration.'})]
    status, out, err = apply()
    assert status == 1
    path = err.rstrip('.\n').split()[-1]
    try:
        assert os.stat(path).st_mode & 0o777 == 0o600
        with open(path) as file:
            assert json.load(file) == OTHER
    finally:
        os.remove(path)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_old_configuration_comes_back_after_an_interrupt(
        apply, fake, monkeypatch, number):  # noqa: F811
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
    (CommandError('control_silent', 'Unit does not answer.'), 1, 'Unit does not answer; '),
    (ValueError('a defect'), 1, 'a defect; ')])
def test_a_change_whose_answer_is_missing_is_taken_back(
        apply, fake, answers, monkeypatch, error, status, told):  # noqa: F811
    put = control.Control.put

    def lost(unit, path, value):
        put(unit, path, value)
        if len(fake.puts) == 1:
            raise error
    monkeypatch.setattr(control.Control, 'put', lost)
    assert (apply()[0], fake.config, answers) == (status, EMPTY, [])
    fake.puts = []
    assert told + 'the configuration of before is in place again.' in apply()[2]


def test_what_others_change_meanwhile_stays_when_ours_is_taken_back(
        apply, fake, monkeypatch):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)

    def ask(*arguments):
        fake.config['listeners']['*:9001'] = {'pass': 'routes/blog'}
        fake.config['routes']['blog'] = []
        raise probe.NoAnswer('answers 503 Service Unavailable')
    monkeypatch.setattr(probe, 'ask', ask)
    assert apply()[0] == 1
    assert fake.config == dict(OTHER, routes={'blog': []}, listeners={
        '*:9000': {'pass': 'routes/blog'}, '*:9001': {'pass': 'routes/blog'}})


def test_a_trac_that_was_broken_before_is_told_and_nothing_changes(
        apply, fake, monkeypatch, answers):  # noqa: F811
    apply()
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('answers 503 Service Unavailable')))
    status, out, err = apply()
    assert status == 1 and len(fake.puts) == 1
    assert err.splitlines()[-1] == 'trac-unit: Trac answers 503 Service Unavailable.'


def test_a_change_of_secrets_alone_is_made(apply, fake, answers, monkeypatch):  # noqa: F811
    for name, value in (('ISSUER', 'https://login.example.org'), ('CLIENT_ID', 'trac'),
                        ('CLIENT_SECRET', 'old' + SECRET)):
        monkeypatch.setenv('TRAC_OIDC_' + name, value)
    apply('--with-secrets')
    monkeypatch.setenv('TRAC_OIDC_CLIENT_SECRET', 'new' + SECRET)
    status, out, err = apply('--with-secrets')
    assert status == 0 and SECRET not in out + err and '*** (another one)' in out
    environ = fake.config['applications']['trac']['environment']
    assert environ['TRAC_OIDC_CLIENT_SECRET'] == 'new' + SECRET


def test_the_order_of_members_is_no_change(apply, fake, answers):  # noqa: F811
    apply()
    trac = fake.config['applications']['trac']
    fake.config['applications']['trac'] = collections.OrderedDict(reversed(list(trac.items())))
    assert 'has this configuration already' in apply()[1]
    assert len(fake.puts) == 1
