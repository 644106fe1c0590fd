"""A Unit server of our own: started, told what to serve, and stopped by a command."""

import errno
import grp
import io
import json
import os
import pwd
import re
import subprocess
import time

from ..._compat import PY2, native
from ..host.errors import CommandError
from .control import UnixConnection

if PY2:
    from httplib import HTTPException
else:
    from http.client import HTTPException

# Unit's packages put it where the PATH of ordinary users often does not reach.
USUAL_FOLDERS = ('/usr/local/sbin', '/usr/sbin')
STARTING = 20  # seconds
LOADING = 60  # seconds, for an application to be imported

_MODULE = re.compile(r'module: python (\d+\.\d+)[\d.]* ')


def find(environ):
    """Return the path of ``unitd``, or None.

    :param environ: the environment variables: UNITD, else PATH
    :raises CommandError: UNITD is set and names no program
    """
    named = environ.get('UNITD')
    if named:
        if not _is_program(named):
            raise CommandError('unitd_missing', 'The variable UNITD names %s, which is not a '
                               'program that can be run; correct or unset it.' % named)
        return os.path.abspath(named)
    folders = environ.get('PATH', '').split(os.pathsep) + list(USUAL_FOLDERS)
    for folder in folders:
        path = os.path.join(folder, 'unitd')
        if folder and _is_program(path):
            return os.path.abspath(path)
    return None


def _is_program(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)


class Unit(object):
    """One running ``unitd``, whose control socket only this user can reach.

    :param program: the path of ``unitd``
    :param folder: an empty folder for its socket and state; a short path, since
        that of a socket may have only about 100 bytes
    :param log: the path of its log, which the applications' output goes to too
    """

    def __init__(self, program, folder, log):
        self.program = program
        self.log = log
        self._folder = folder
        self._socket = os.path.join(folder, 'control.sock')
        self.child = None

    def start(self, processes, environ):
        """Start it and wait until it can be told what to serve.

        :param processes: a :class:`~trac_unit.cli.host.processes.Processes`
        :param environ: its environment variables
        :raises CommandError: it does not start
        """
        for name in ('state', 'tmp'):
            os.mkdir(os.path.join(self._folder, name))
        self.child = processes.start('Unit', self._command(environ), self.log, self._folder,
                                     environ)
        deadline = time.time() + STARTING
        while True:
            self.child.check()
            try:
                return self._request('GET', '/config')
            except (EnvironmentError, HTTPException):
                if time.time() > deadline:
                    raise self.child.failure('unit_silent', 'did not start within %d seconds'
                                             % STARTING)
            time.sleep(0.1)

    def _command(self, environ):
        def path(name):
            return os.path.join(self._folder, name)

        # The options for the two folders were renamed in Unit 1.31.
        suffix = 'dir' if '--statedir' in _output([self.program, '--help'], environ) else ''
        return [self.program, '--no-daemon', '--control', 'unix:' + self._socket,
                '--pid', path('unit.pid'), '--log', self.log,
                '--state' + suffix, path('state'), '--tmp' + suffix, path('tmp')] + _as_this_user()

    def python_versions(self):
        """Return the Python versions that it has a module for, as a list like ``['3.11']``."""
        with io.open(self.log, encoding='utf-8', errors='replace') as log:
            return sorted(set(_MODULE.findall(log.read())),
                          key=lambda version: [int(part) for part in version.split('.')])

    def configure(self, configuration):
        """Have it serve what `configuration`, a dict in Unit's terms, describes.

        :raises CommandError: it refuses, because an application does not load for one
        """
        try:
            status, response = self._request('PUT', '/config', json.dumps(configuration))
        except (EnvironmentError, HTTPException) as e:
            self.child.check()
            raise self.child.failure('unit_silent', 'does not answer (%s)' % e)
        if status != 200:
            raise self.child.failure('unit_refused', 'refuses its configuration: %s'
                                     % _explanation(response))

    def _request(self, method, path, body=None):
        connection = UnixConnection(self._socket, LOADING)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read().decode('utf-8', 'replace')
        finally:
            connection.close()


def _as_this_user():
    """Return the options that keep Unit's processes from becoming the user ``nobody``."""
    try:
        return ['--user', pwd.getpwuid(os.geteuid()).pw_name,
                '--group', grp.getgrgid(os.getegid()).gr_name]
    except KeyError:
        return []  # a user without a name is not root, and Unit changes users for root alone


def _output(argv, environ):
    try:
        popen = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 env=environ)
    except EnvironmentError as e:
        if e.errno not in (errno.ENOENT, errno.EACCES, errno.ENOEXEC):
            raise
        raise CommandError('cannot_start', '%s cannot be started: %s.' % (argv[0], e.strerror))
    return popen.communicate()[0].decode('utf-8', 'replace')


def _explanation(response):
    """Return what Unit's JSON `answer` to a refused configuration says."""
    try:
        parsed = json.loads(response)
        parts = [parsed[name].rstrip(u'.') for name in ('error', 'detail') if name in parsed]
        return native(u': '.join(parts))
    except (AttributeError, TypeError, ValueError):
        return native(response)
