"""Asking Trac through a listener of Unit: where, and what is no answer."""
import os
import socket
import sys
import threading

import pytest

from support.fake_unit import fake, folder, no_variables  # noqa: F401 (fixtures)
from support.serving import free_port
from trac_unit.cli.main import main
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


@pytest.mark.parametrize('base_url, host', [
    (None, 'localhost'), ('', 'localhost'), ('https://trac.example.org/team', 'trac.example.org'),
    (u'http://[::1]:8080', '[::1]:8080'), ('trac.example.org', 'localhost'),
    ('http://[', 'localhost'), ('http://a:99999', 'localhost'), ('http://a b', 'localhost'),
    ('http://alice:secret@trac.example.org', 'localhost'), (u'http://\u017elu\u0165', 'localhost'),
    ('http://a\r\nX-Evil: 1/', 'localhost')])
def test_the_host_is_asked_for_by_the_name_that_browsers_use_or_by_none(base_url, host):
    found = probe.host_of(base_url)
    assert (found, type(found)) == (host, str)


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='abstract names are Linux\'s')
def test_a_listener_with_an_abstract_name_is_asked():
    name = 'trac-unit-test-%d' % os.getpid()
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind('\0' + name)
    server.listen(1)

    def answer():
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(b'HTTP/1.1 204 No Content\r\n\r\n')
        connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        address = probe.reachable('unix:@' + name, None)
        assert probe.ask(address, False, '/', 'localhost') == 204
    finally:
        thread.join(10)
        server.close()
