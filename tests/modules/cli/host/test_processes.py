"""Child processes of commands: started, watched, and never left behind."""
import os
import signal
import subprocess
import sys

import pytest

from support.serving import child_environ, wait_for
from trac_unit.cli.host import processes as module
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.host.processes import Interrupts, Processes, tail

# Starts a child of its own in the same group, tells both ids, and stays.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print('%d %d' % (os.getpid(), child.pid))
sys.stdout.flush()
time.sleep(600)
"""
STUBBORN = 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n' + FAMILY


def lives(pid):
    """Whether the process is there and has not ended, reaped or not."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    popen = subprocess.Popen(['ps', '-o', 'stat=', '-p', str(pid)], stdout=subprocess.PIPE)
    state = popen.communicate()[0].strip()
    return bool(state) and not state.startswith(b'Z')


@pytest.fixture
def processes():
    with Interrupts() as interrupts:
        running = Processes(interrupts)
        try:
            yield running
        finally:
            running.stop_all()


@pytest.fixture
def start(processes, tmpdir):
    """Start Python with this code; return the Child."""
    def start(code):
        return processes.start('The test child', [sys.executable, '-c', code],
                               str(tmpdir.join('log')), str(tmpdir), child_environ({}))
    return start


def family(child):
    return [int(word) for word in wait_for(lambda: words(child.log)[:2], 'the ids')]


def words(path):
    with open(path) as file:
        return file.read().split()


def test_stop_all_ends_the_child_and_what_it_started(processes, start):
    pids = family(start(FAMILY))
    assert all(lives(pid) for pid in pids)
    processes.stop_all()
    assert not any(lives(pid) for pid in pids)


def test_a_child_that_ignores_sigterm_is_killed(processes, start, monkeypatch):
    monkeypatch.setattr(module, 'STOPPING', .3)
    pids = family(start(STUBBORN))
    processes.stop_all()
    assert not any(lives(pid) for pid in pids)


def test_what_a_dead_child_leaves_behind_is_ended(processes, start):
    child = start(FAMILY)
    leader, orphan = family(child)
    os.kill(leader, signal.SIGKILL)
    child.popen.wait()
    assert lives(orphan)
    processes.stop_all()
    assert not lives(orphan)


def test_a_stopped_child_is_not_watched_any_more(processes, start):
    child = start(FAMILY)
    processes.stop(child)
    with pytest.raises(CommandError) as caught:
        child.check()
    assert caught.value.reason == 'child_ended'
    assert processes.check() is None


@pytest.mark.parametrize('code, how', [
    ('import sys; sys.exit("out of order")', 'with exit status 1'),
    ('import os; os.write(2, b"out of order"); os.kill(os.getpid(), 9)', 'by signal 9')])
def test_a_child_that_ends_is_reported_with_its_log(processes, start, code, how):
    child = start(code)
    child.popen.wait()
    with pytest.raises(CommandError) as caught:
        processes.check()
    assert caught.value.reason == 'child_ended'
    assert str(caught.value) == 'The test child ended %s.' % how
    assert caught.value.log.endswith(u'out of order')
    assert caught.value.exit_status == 1


def test_a_program_that_does_not_exist_is_a_sentence(processes, tmpdir):
    missing = str(tmpdir.join('missing'))
    with pytest.raises(CommandError) as caught:
        processes.start('It', [missing], str(tmpdir.join('log')), str(tmpdir), {})
    assert caught.value.reason == 'cannot_start'
    assert missing in str(caught.value)


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='only Linux tells the children')
def test_children_end_with_a_parent_that_was_killed(tmpdir):
    log = str(tmpdir.join('log'))
    parent = subprocess.Popen([sys.executable, '-c', '\n'.join([
        'import sys, time',
        'from trac_unit.cli.host.processes import Interrupts, Processes',
        'with Interrupts() as interrupts:',
        '    Processes(interrupts).start("It", [sys.executable, "-c", %r], %r, %r, None)'
        % ('import os, time; os.write(1, str(os.getpid()).encode() + b" x"); time.sleep(600)',
           log, str(tmpdir)),
        '    time.sleep(600)'])], env=child_environ({}))
    pid = int(wait_for(lambda: os.path.exists(log) and words(log), 'the id')[0])
    assert lives(pid)
    parent.kill()
    parent.wait()
    wait_for(lambda: not lives(pid), 'the end of the child', 10)


@pytest.mark.parametrize('number', Interrupts.signals)
def test_signals_interrupt_while_entered_and_not_after(number):
    before = signal.getsignal(number)
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            wait_for(lambda: False, 'the interrupt', 5)
    assert signal.getsignal(number) == before


def test_an_interrupt_is_put_off_to_the_end_of_a_held_block():
    with Interrupts() as interrupts:
        steps = []
        with pytest.raises(KeyboardInterrupt):
            with interrupts.held():
                os.kill(os.getpid(), signal.SIGTERM)
                steps.append('done')
        assert steps == ['done']


def test_a_second_signal_does_not_break_off_what_the_first_began():
    now = [100.]
    with Interrupts(lambda: now[0]) as interrupts:
        with pytest.raises(KeyboardInterrupt):
            interrupts._handle(signal.SIGHUP, None)
        interrupts._handle(signal.SIGTERM, None)
        now[0] += 2  # a person who presses Ctrl-C again
        with pytest.raises(KeyboardInterrupt):
            interrupts._handle(signal.SIGINT, None)
        interrupts.ignore()
        now[0] += 2
        interrupts._handle(signal.SIGINT, None)


def test_tail_is_the_indented_end(tmpdir):
    log = tmpdir.join('log')
    log.write_binary(b'one\ntwo \xff\nthree\n\n')
    assert tail(str(log), 2) == u'    two \ufffd\n    three'
    assert u'no log' in tail(str(tmpdir.join('missing')))
