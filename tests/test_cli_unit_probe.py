"""Asking Trac through a listener of Unit: where, and what is no answer."""
import pytest

from fake_unit import fake, folder, no_variables  # noqa: F401 (fixtures)
from serving import free_port
from trac_unit.cli import main
from trac_unit.cli.unit import probe


@pytest.mark.parametrize('listen, control_host, expected', [
    ('127.0.0.1:80', None, ('127.0.0.1', 80)), ('*:80', None, ('127.0.0.1', 80)),
    ('*:80', '10.0.0.9', ('10.0.0.9', 80)), ('127.0.0.1:80', '10.0.0.9', None),
    ('127.0.0.1:80', '127.0.0.1', ('127.0.0.1', 80)), ('[::1]:80', None, ('::1', 80)),
    ('[::]:80', None, ('127.0.0.1', 80)), ('10.0.0.8:80', '10.0.0.9', ('10.0.0.8', 80)),
    ('unix:/run/x', None, ('/run/x', None)), ('unix:/run/x', '10.0.0.9', None)])
def test_where_a_listener_can_be_asked(listen, control_host, expected):
    assert probe.reachable(listen, control_host) == expected


def test_a_listener_out_of_reach_is_told_of(monkeypatch, environment, fake, capsys):  # noqa: F811
    monkeypatch.setattr(probe, 'reachable', lambda listen, host: None)
    assert main(['apply', environment, '--control', fake.address]) == 0
    assert 'cannot be seen from this machine' in capsys.readouterr().out


def test_a_port_that_nobody_listens_at_is_no_answer():
    with pytest.raises(probe.NoAnswer) as caught:
        probe.ask(('127.0.0.1', free_port()), False, '/', 'localhost')
    assert 'does not answer' in str(caught.value)
