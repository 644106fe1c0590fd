"""trac-unit reload: one variable changes, and nothing else."""

import copy

from support.fake_unit import OTHER, raiser
from support.fake_unit import fake, folder, no_variables  # noqa: F401 (fixtures)
from trac_unit.cli.commands import reload
from trac_unit.cli.main import main
from trac_unit.cli.unit import probe


def test_reload_changes_a_variable_and_nothing_else(fake, capsys):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    fake.config['applications']['trac'] = {'environment': {'TRAC_ENV': '/srv/env'}}
    assert main(['reload', '--control', fake.address]) == 0
    (path, value), = fake.puts
    assert path == '/config/applications/trac/environment/RELOADED_BY_TRAC_UNIT'
    assert fake.config['applications']['trac'] == {
        'environment': {'TRAC_ENV': '/srv/env', 'RELOADED_BY_TRAC_UNIT': value}}
    assert 'trac' in capsys.readouterr().out


def test_reload_of_an_application_without_variables(fake):  # noqa: F811
    fake.config = {'applications': {'wiki': {'type': 'python'}}}
    assert main(['reload', '--name', 'wiki', '--control', fake.address]) == 0
    assert list(fake.config['applications']['wiki']['environment']) == ['RELOADED_BY_TRAC_UNIT']


SERVED = {
    'listeners': {'127.0.0.1:8080': {'pass': 'routes/trac'}, 'unix:/run/blog': {'pass': 'routes'},
                  '[::1]:8443': {'pass': 'applications/trac', 'tls': {'certificate': 'b'}}},
    'routes': {'trac': []},
    'applications': {'trac': {'prefix': '/team', 'environment': {
        'TRAC_BASE_URL': 'https://trac.example.org/team'}}}}


def test_reload_asks_whether_trac_answers(fake, capsys, monkeypatch):  # noqa: F811
    fake.config, asked = copy.deepcopy(SERVED), []
    monkeypatch.setattr(probe, 'ask', lambda *arguments: asked.append(arguments) or 200)
    assert main(['reload', '--control', fake.address]) == 0
    assert sorted(asked) == [(('127.0.0.1', 8080), False, '/team/', 'trac.example.org'),
                             (('::1', 8443), True, '/team/', 'trac.example.org')]
    assert 'Trac answers at 127.0.0.1:8080/team/ (status 200).' in capsys.readouterr().out


def test_reload_of_a_trac_that_does_not_answer_failed(fake, capsys, monkeypatch):  # noqa: F811
    fake.config = copy.deepcopy(SERVED)
    del fake.config['listeners']['[::1]:8443']
    monkeypatch.setattr(probe, 'ask', raiser(probe.NoAnswer('answers 503 Service Unavailable')))
    assert main(['reload', '--control', fake.address]) == 1
    out, err = capsys.readouterr()
    assert 'Reloaded: trac has new workers.' in out
    assert err == 'trac-unit: At 127.0.0.1:8080/team/ Trac answers 503 Service Unavailable.\n'


def test_whatever_an_application_has_as_its_address(fake, monkeypatch):  # noqa: F811
    fake.config, asked = copy.deepcopy(SERVED), []
    del fake.config['listeners']['[::1]:8443']
    fake.config['applications']['trac'] = {
        'prefix': u'/\u017e lu', 'environment': {'TRAC_BASE_URL': 'http://[\r\nX: y'}}
    monkeypatch.setattr(probe, 'ask', lambda *arguments: asked.append(arguments) or 200)
    assert main(['reload', '--control', fake.address]) == 0
    assert asked == [(('127.0.0.1', 8080), False, '/%C5%BE%20lu/', 'localhost')]


def test_what_cannot_be_asked_from_here_is_not_asked(fake, capsys, monkeypatch):  # noqa: F811
    fake.config = copy.deepcopy(SERVED)
    monkeypatch.setattr(probe, 'reachable', lambda listen, host: None)
    assert main(['reload', '--control', fake.address]) == 0
    assert capsys.readouterr().out == 'Reloaded: trac has new workers.\n'


def test_reload_names_the_applications_there_are(fake, capsys):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    assert main(['reload', '--control', fake.address]) == 2
    assert 'has no application trac (it has shop)' in capsys.readouterr().err


def test_two_reloads_never_have_the_same_value():
    assert reload.stamp(0) == '1970-01-01T00:00:00.000000Z'
    assert reload.stamp(1.25) == '1970-01-01T00:00:01.250000Z'


def test_the_variable_of_reload_is_no_setting():
    assert not reload.VARIABLE.startswith(('TRAC_OIDC_', 'TRAC_UNIT_'))
