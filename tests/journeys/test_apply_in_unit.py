"""trac-unit apply and reload with a real Unit: what is served afterwards."""

import os
import shutil
import threading

import pytest

from support.fake_unit import no_variables  # noqa: F401 (fixtures)
from support.serving import Certificate, free_port, unit_server
from trac_unit.cli.commands import reload
from trac_unit.cli.main import main
from trac_unit.cli.unit import control

try:
    from http.client import HTTPConnection
except ImportError:  # Python 2.7
    from httplib import HTTPConnection


@pytest.fixture
def unit(environment):
    """A real Unit that serves somebody else's files only."""
    with unit_server({'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off'}) as server:
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
    assert applied(unit, environment, port) == 1
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
