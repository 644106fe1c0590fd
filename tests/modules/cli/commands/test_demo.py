# -*- coding: utf-8 -*-
"""The demo: what it says of trouble, and the whole of it, for real."""

import argparse
import datetime
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import pytest
from trac.util.datefmt import utc

from support.browser import Browser
from support.serving import child_environ, free_port, wait_for
from trac_unit.cli.commands import demo
from trac_unit.cli.demo import servers
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.main import main
from trac_unit.cli.unit import daemon

NOW = datetime.datetime(2026, 2, 20, 9, 30, tzinfo=utc)
RUNS = sys.version_info >= demo.OLDEST_PYTHON
REQUIRE_ALL = os.environ.get('TESTS_REQUIRE_ALL')


# Trouble

@pytest.fixture
def ready(monkeypatch):
    """Any Python will do, and nothing is missing."""
    monkeypatch.setattr(demo, 'check_python', lambda version: None)
    monkeypatch.setattr(demo, 'check_modules', lambda modules: None)
    monkeypatch.setenv('UNITD', '')
    monkeypatch.setenv('PATH', '')
    monkeypatch.setattr(daemon, 'USUAL_FOLDERS', ())


@pytest.fixture
def refused(ready, capsys, monkeypatch):
    """Run the demo with these options; return its sentence: it refused at once."""
    def run(*options):
        monkeypatch.setattr(demo, '_serve', lambda *args: pytest.fail('it started'))
        assert main(['demo'] + list(options)) == 2
        captured = capsys.readouterr()
        assert captured.out == ''
        assert captured.err.startswith('trac-unit: ') and captured.err.count('\n') == 1
        return captured.err
    return run


@pytest.mark.parametrize('option, other', [('--port', '--provider-port'),
                                           ('--provider-port', '--port')])
def test_a_port_in_use_is_named_with_its_option(refused, option, other):
    taken = socket.socket()
    try:
        taken.bind(('127.0.0.1', 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        sentence = refused(option, port, other, str(free_port()))
    finally:
        taken.close()
    assert 'Port %s of 127.0.0.1 is in use' % port in sentence
    assert sentence.endswith('with the option %s.\n' % option)


def test_the_two_ports_must_differ(refused):
    assert 'cannot share port 8123' in refused('--port', '8123', '--provider-port', '8123')


@pytest.mark.parametrize('port', ['0', '65536', '-1', 'http', '8000.0', ''])
def test_what_is_no_port_is_refused(port, capsys):
    assert main(['demo', '--port=' + port]) == 2
    assert 'expected a number from 1 to 65535' in capsys.readouterr().err


def test_unit_that_is_wanted_but_not_there(refused):
    ports = ['--port', str(free_port()), '--provider-port', str(free_port())]
    assert 'unitd is not in PATH' in refused('--server', 'unit', *ports)


def test_unitd_that_is_named_wrongly(refused, monkeypatch):
    monkeypatch.setenv('UNITD', '/no/such/unitd')
    ports = ['--port', str(free_port()), '--provider-port', str(free_port())]
    assert 'UNITD names /no/such/unitd' in refused(*ports)


def test_a_folder_that_cannot_be_used(ready, capsys, tmpdir):
    file = tmpdir.join('file')
    file.write('')
    assert main(['demo', '--port', str(free_port()), '--provider-port', str(free_port()),
                 '--directory', str(file.join('below'))]) == 2
    err = capsys.readouterr().err
    assert str(file.join('below')) in err and '--directory' in err


def test_a_folder_with_something_else_in_place_of_the_environment(ready, capsys, tmpdir):
    tmpdir.mkdir('trac').join('notes').write('mine')
    assert main(['demo', '--port', str(free_port()), '--provider-port', str(free_port()),
                 '--directory', str(tmpdir)]) == 2
    err = capsys.readouterr().err
    assert str(tmpdir.join('trac')) in err and 'choose another folder' in err
    assert tmpdir.join('trac', 'notes').read() == 'mine'


@pytest.mark.parametrize('version', [(2, 7, 18), (3, 9, 18)])
def test_a_python_that_is_too_old_for_the_provider(version):
    with pytest.raises(CommandError) as caught:
        demo.check_python(version)
    assert caught.value.reason == 'python_too_old'
    assert '3.10 or newer' in str(caught.value)
    assert 'this is Python %d.%d.' % version[:2] in str(caught.value)


@pytest.mark.skipif(RUNS, reason='the demo runs on this Python')
def test_the_demo_on_a_python_that_is_too_old(capsys):
    assert main(['demo']) == 2
    assert 'needs Python 3.10 or newer' in capsys.readouterr().err


def test_missing_modules_come_with_the_command_that_mends_it():
    with pytest.raises(CommandError) as caught:
        demo.check_modules([('os', 'os'), ('no_such_module', 'no-such-thing<2')])
    assert caught.value.reason == 'module_missing'
    assert str(caught.value) == ('The demo needs no_such_module, which is not installed; run: '
                                 '%s -m pip install "no-such-thing<2"' % sys.executable)


def test_modules_that_are_there():
    demo.check_modules([('os', 'os'), ('trac', 'Trac')])


# The whole of it

class RunningDemo(object):
    """`python -m trac_unit demo`, in a process of its own."""

    def __init__(self, temporary, options):
        self.port, self.provider_port = free_port(), free_port()
        self.url = 'http://127.0.0.1:%d' % self.port
        self._output = os.path.join(temporary, 'output')
        self.temporary = os.path.join(temporary, 'tmp')
        if not os.path.isdir(self.temporary):
            os.mkdir(self.temporary)
        with open(self._output, 'wb') as output:
            self.process = subprocess.Popen(
                [sys.executable, '-m', 'trac_unit', 'demo', '--port', str(self.port),
                 '--provider-port', str(self.provider_port)] + options,
                stdout=output, stderr=subprocess.STDOUT,
                env=child_environ({'TMPDIR': self.temporary, 'PYTHONIOENCODING': 'utf-8'}))

    def said(self):
        with open(self._output, 'rb') as output:
            return output.read().decode('utf-8')

    def wait_for(self, text):
        wait_for(lambda: text in self.said() or self.process.poll() is not None, text, 120)
        assert text in self.said(), self.said()

    def end(self, number):
        """Send the signal; return the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        wait_for(lambda: self.process.poll() is not None, 'the end of the demo', 60)
        return self.process.returncode


@pytest.fixture
def start():
    """Start a RunningDemo with these options."""
    if not RUNS:
        pytest.skip('the provider of the demo needs Python 3.10 or newer')
    try:
        demo.check_modules(demo.MODULES)
    except CommandError as e:
        if REQUIRE_ALL:
            raise
        pytest.skip(str(e))
    # A short path: pytest's own are too long for a socket.
    temporary = os.path.realpath(tempfile.mkdtemp(prefix='demo-'))
    running = []

    def start(*options):
        running.append(RunningDemo(temporary, list(options)))
        return running[-1]
    try:
        yield start
    finally:
        for one in running:
            if one.process.poll() is None:
                one.end(signal.SIGTERM)
        shutil.rmtree(temporary)


def processes():
    """{id: id of the parent} of all processes that have not ended."""
    popen = subprocess.Popen(['ps', '-A', '-o', 'pid=,ppid=,stat='], stdout=subprocess.PIPE)
    lines = popen.communicate()[0].decode('ascii').splitlines()
    rows = [line.split() for line in lines]
    return dict((int(pid), int(ppid)) for pid, ppid, state in rows if not state.startswith('Z'))


def descendants(ancestor):
    parents = processes()
    found, before = {ancestor}, None
    while found != before:
        before = set(found)
        found.update(pid for pid, parent in parents.items() if parent in before)
    return found - {ancestor}


def command_line(pid):
    with open('/proc/%d/cmdline' % pid, 'rb') as file:
        return file.read()


def assert_gone(demo, children):
    assert not children & set(processes())
    assert os.listdir(demo.temporary) == []
    servers.check_port(demo.port, '--port')
    servers.check_port(demo.provider_port, '--provider-port')


def look_around(running, subject, name):
    """Read the front page, sign in, see the name, and sign out, as the demo's text suggests."""
    browser = Browser()
    page = browser.get(running.url + '/')
    assert page.status == 200
    assert u'Forty-eight gardeners share the beds' in page.text
    assert u'logged in as' not in page.text
    page = browser.get(running.url + '/login')
    assert page.url.startswith('http://127.0.0.1:%d/' % running.provider_port)
    page = browser.post(page.url, {'sub': subject})
    assert page.url.startswith(running.url + '/')
    assert re.search(u'logged in as\\s*<[^>]*>%s<' % name, page.text)


def test_the_demo_from_start_to_ctrl_c(start):
    running = start('--server', 'waitress')
    running.wait_for('Press Ctrl-C to stop.')
    said = running.said()
    assert 'Trac is at  %s/  (served by waitress).' % running.url in said
    for word in (u'alice', u'bob', u'zofie', u'žofie'):
        assert word in said
    look_around(running, 'zofie', u'žofie')
    children = descendants(running.process.pid)
    assert len(children) >= 2
    assert running.end(signal.SIGINT) == 0
    assert running.said().endswith('Stopping ...\nStopped.\n')
    assert 'Traceback' not in running.said() and 'Warning' not in running.said()
    assert_gone(running, children)


@pytest.mark.unit
def test_the_demo_in_unit(start):
    if daemon.find(os.environ) is None:
        pytest.skip('unitd is not on the PATH, and UNITD does not name it')
    running = start('--server', 'unit')
    wait_for(lambda: 'Ctrl-C' in running.said() or running.process.poll() is not None, 'it', 120)
    if 'has no module for Python' in running.said():
        pytest.skip(running.said())
    running.wait_for('Press Ctrl-C to stop.')
    assert '(served by Unit).' in running.said()
    look_around(running, 'alice', u'alice')
    children = descendants(running.process.pid)
    assert len(children) >= 6  # the provider; Unit's main, controller, router; two of Trac
    assert running.end(signal.SIGTERM) == 0
    assert_gone(running, children)


def test_an_interrupt_on_the_way_leaves_nothing(start):
    running = start('--server', 'waitress')
    running.wait_for('Creating the Trac environment ...')
    assert running.end(signal.SIGINT) == 0
    assert 'Traceback' not in running.said()
    assert_gone(running, set())


def test_a_kept_folder_is_used_again_and_a_dead_child_is_told(start, tmpdir):
    folder = str(tmpdir.join('kept'))
    running = start('--server', 'waitress', '--directory', folder)
    running.wait_for('Press Ctrl-C to stop.')
    assert 'stay in %s.' % folder in running.said()
    assert running.end(signal.SIGHUP) == 0

    running = start('--server', 'waitress', '--directory', folder)
    running.wait_for('Press Ctrl-C to stop.')
    assert 'Using the Trac environment %s again.' % os.path.join(folder, 'trac') in running.said()
    children = descendants(running.process.pid)
    provider, = [pid for pid in children if b'oidc_provider_mock' in command_line(pid)]
    os.kill(provider, signal.SIGKILL)
    assert running.wait() == 1
    assert ('trac-unit: The OpenID provider ended by signal 9.\n'
            'The end of its log:\n') in running.said()
    assert_gone(running, children)


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='only Linux tells the children')
def test_a_killed_demo_leaves_no_process(start):
    running = start('--server', 'waitress')
    running.wait_for('Press Ctrl-C to stop.')
    children = descendants(running.process.pid)
    running.end(signal.SIGKILL)
    wait_for(lambda: not children & set(processes()), 'the end of the children', 15)


def test_the_options_of_the_demo_have_defaults():
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    assert vars(parser.parse_args([])) == {'port': 8000, 'provider_port': 9400,
                                           'directory': None, 'server': 'auto'}
