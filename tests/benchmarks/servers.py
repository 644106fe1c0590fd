"""The servers that are compared: one worker with one thread each, in Unit if it is there."""

import os
import sys

from content import HERE
from support.serving import (PACKAGE_FOLDER, SERVE, ServerProcess, Unavailable, UnitServer,
                             child_environ, wait_for)

try:
    from StringIO import StringIO  # Python 2.7
except ImportError:
    from io import StringIO


class Quiet(object):
    """A server that keeps its log to itself when it ends well."""

    def stop(self):
        shown, sys.stdout = sys.stdout, StringIO()
        try:
            super(Quiet, self).stop()
        finally:
            sys.stdout = shown


class InUnit(Quiet, UnitServer):
    """One worker of Unit, which serves `application` of a module."""

    processes = threads = 1

    def __init__(self, module, settings):
        self._module = module
        UnitServer.__init__(self, settings)

    def _configuration(self, settings):
        configuration = UnitServer._configuration(self, settings)
        configuration['applications']['trac'].update(
            module=self._module, path=[HERE, PACKAGE_FOLDER])
        return configuration

    @property
    def worker(self):
        """The process id of the worker, or None where /proc does not tell it."""
        children = {}
        for name in os.listdir('/proc') if os.path.isdir('/proc') else ():
            if name.isdigit():
                parent = _read('/proc/%s/stat' % name).rpartition(')')[2].split()[1:2]
                children.setdefault(''.join(parent), []).append(name)
        below = list(children.get(str(self.process.pid), []))
        for pid in below:
            below += children.get(pid, [])
            if '"trac" application' in _read('/proc/%s/cmdline' % pid):
                return int(pid)
        return None


class InWaitress(Quiet, ServerProcess):
    """waitress with one thread, which serves `application` of a module."""

    threads = 1

    def __init__(self, module, settings):
        ServerProcess.__init__(self)
        environ = child_environ(settings)
        environ['PYTHONPATH'] = os.pathsep.join([HERE, PACKAGE_FOLDER])
        try:
            self.launch([sys.executable, '-c', SERVE.replace('trac_unit.trac_wsgi', module),
                         '0', str(self.threads)], environ)
            self.port = int(wait_for(self._announced, 'the server to listen'))
        except BaseException:
            self.kill()
            raise
        self.url = 'http://127.0.0.1:%d' % self.port

    @property
    def worker(self):
        return self.process.pid


def choose():
    """Return the class of servers to use, and its name for people."""
    try:
        InUnit('limit', {'BENCH_LOCALE': 'C'}).stop()
    except Unavailable as e:
        return InWaitress, 'waitress (%s)' % e
    return InUnit, 'Unit'


def megabytes(pid):
    """The resident memory of a process, or NaN where it cannot be had."""
    pages = _read('/proc/%s/statm' % pid).split()
    return int(pages[1]) * os.sysconf('SC_PAGE_SIZE') / 2. ** 20 if pages else float('nan')


def processor_seconds(pid):
    """The processor time that a process has had, or NaN."""
    fields = _read('/proc/%s/stat' % pid).rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf('SC_CLK_TCK')) \
        if fields else float('nan')


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except (EnvironmentError, UnicodeDecodeError):
        return ''
