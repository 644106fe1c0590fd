"""Child processes that never outlive the command that started them."""

import contextlib
import ctypes
import errno
import os
import signal
import subprocess
import time

from .errors import CommandError

STOPPING = 10  # seconds that a child has to stop by itself
_PR_SET_PDEATHSIG = 1  # prctl(2), Linux only


class Interrupts(object):
    """While it is entered, SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt.

    SIGINT too is set here: a shell starts background commands with it ignored.

    :param clock: returns seconds
    """

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, clock=time.time):
        self._clock = clock
        self._held = False
        self._pending = False
        self._last = None

    def __enter__(self):
        self._before = [signal.signal(number, self._handle) for number in self.signals]
        return self

    def __exit__(self, *exc_info):
        for number, handler in zip(self.signals, self._before):
            signal.signal(number, handler)

    def _handle(self, number, frame):
        if self._held:
            self._pending = True
            return
        now, last = self._clock(), self._last
        # A terminal that closes sends several at once: the second one must not break off the
        # clean-up that the first one begins.
        if last is None or not 0 <= now - last < 1:
            self._last = now
            raise KeyboardInterrupt

    def ignore(self):
        """From now on none of them interrupts: what is under way is the stopping."""
        self._held = True

    @contextlib.contextmanager
    def held(self):
        """Put off an interrupt to the end of the block."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before
        if self._pending and not before:
            self._pending = False
            raise KeyboardInterrupt


class Child(object):
    """One running child process, in a process group of its own.

    :param name: what a person calls it
    :param popen: a :class:`subprocess.Popen`
    :param log: the path of the file that gets its output
    """

    def __init__(self, name, popen, log):
        self.name = name
        self.popen = popen
        self.log = log

    def check(self):
        """Return nothing if it is running.

        :raises CommandError: it ended, with the end of its log; exit status 1
        """
        status = self.popen.poll()
        if status is not None:
            how = 'by signal %d' % -status if status < 0 else 'with exit status %d' % status
            raise self.failure('child_ended', 'ended %s' % how)

    def failure(self, reason, what):
        """Return the CommandError that says `what` happened, and has the end of the log."""
        return CommandError(reason, '%s %s.' % (self.name, what), 1, tail(self.log))


class Processes(object):
    """The children of one command.

    :param interrupts: an entered :class:`Interrupts`
    """

    def __init__(self, interrupts):
        self._interrupts = interrupts
        self._children = []

    def start(self, name, argv, log, cwd, environ):
        """Start a program and return its :class:`Child`.

        :param name: what a person calls it
        :param argv: the program and its arguments
        :param log: the path of the file to append its output to
        :param cwd: the folder to run it in
        :param environ: its environment variables
        :raises CommandError: the program cannot be started
        """
        # An interrupt between the fork and the append would leave an orphan.
        with self._interrupts.held(), open(log, 'ab') as output, open(os.devnull, 'rb') as nothing:
            try:
                popen = subprocess.Popen(argv, stdin=nothing, stdout=output, stderr=output,
                                         cwd=cwd, env=environ, close_fds=True,
                                         preexec_fn=_in_the_child())
            except EnvironmentError as e:
                raise CommandError('cannot_start', '%s cannot be started: %s: %s.'
                                   % (name, argv[0], e.strerror))
            child = Child(name, popen, log)
            self._children.append(child)
        return child

    def check(self):
        """Return nothing if all children are running.

        :raises CommandError: one ended
        """
        for child in self._children:
            child.check()

    def stop(self, child):
        """Stop one child and all processes of its group."""
        if child in self._children:
            self._children.remove(child)
            _stop([child])

    def stop_all(self):
        """Stop all children, the last started first, and all processes of their groups."""
        children, self._children = self._children, []
        _stop(children[::-1])


def tail(path, lines=12):
    """Return the last lines of the text file at `path`, each indented, as text."""
    try:
        with open(path, 'rb') as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16384))
            text = file.read().decode('utf-8', 'replace')
    except EnvironmentError as e:
        text = u'(no log: %s)' % e.strerror
    last = text.strip().split(u'\n')[-lines:]
    return u'\n'.join(u'    ' + line for line in last)


def _in_the_child():
    """Return what a new child runs first.

    It leaves the terminal, so that Ctrl-C reaches the parent alone, which stops
    the children in order; and where the kernel can, asks it for SIGTERM when
    the parent dies without a chance to stop anything.
    """
    parent = os.getpid()
    prctl = getattr(ctypes.CDLL(None), 'prctl', None)

    def prepare():
        os.setsid()
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _stop(children):
    for child in children:
        # Only the leader: it knows best how to end those that it started.
        _signal(os.kill, child, signal.SIGTERM)
    deadline = time.time() + STOPPING
    for child in children:
        _wait(lambda: child.popen.poll() is not None, deadline)
        # Without its leader the rest of a group has no reason to linger.
        _signal(os.killpg, child, signal.SIGTERM)
        _wait(lambda: not _signal(os.killpg, child, 0), min(deadline, time.time() + 2))
        _signal(os.killpg, child, signal.SIGKILL)
        child.popen.wait()


def _wait(condition, deadline):
    while not condition() and time.time() < deadline:
        time.sleep(0.05)


def _signal(kill, child, number):
    """Return whether there was a process to send the signal to."""
    if kill is os.kill and child.popen.poll() is not None:
        return False  # reaped: the id can be another's by now
    try:
        kill(child.popen.pid, number)
    except OSError as e:
        if e.errno not in (errno.ESRCH, errno.EPERM):
            raise
        return False
    return True
