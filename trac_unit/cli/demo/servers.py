"""The two servers of the demo: an OpenID provider, and one for Trac."""

import errno
import json
import os
import socket
import sys
import sysconfig
import time

from ... import __file__ as package_file
from ..._compat import PY2
from ..host.errors import CommandError
from ..unit import daemon

if PY2:
    from httplib import HTTPConnection, HTTPException
else:
    from http.client import HTTPConnection, HTTPException

HOST = '127.0.0.1'
ANSWERING = 60  # seconds
PYTHON = '%d.%d' % sys.version_info[:2]


def check_port(port, option):
    """Return nothing if a server can listen at `port` of 127.0.0.1.

    :param option: the command line option that chooses it
    :raises CommandError: otherwise
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1)
    except EnvironmentError as e:
        if e.errno == errno.EADDRINUSE:
            what = 'is in use by another program'
        else:
            what = 'cannot be used (%s)' % e.strerror
        raise CommandError('port_unavailable', 'Port %d of %s %s; choose another one with the '
                           'option %s.' % (port, HOST, what, option))
    finally:
        listener.close()


def wait_for_answer(child, port, path='/'):
    """Return the body of the page at `path` as soon as the server has started.

    :param child: the :class:`~trac_unit.cli.host.processes.Child` that is to answer
    :raises CommandError: it ended, takes too long, or answers something else than 200
    """
    deadline = time.time() + ANSWERING
    while True:
        child.check()
        connection = HTTPConnection(HOST, port, timeout=ANSWERING)
        try:
            connection.request('GET', path)
            response = connection.getresponse()
            body = response.read()
        except (EnvironmentError, HTTPException):
            response = None
        finally:
            connection.close()
        if response is not None:
            if response.status == 200:
                return body
            raise child.failure('bad_answer', 'answers %d %s' % (response.status, response.reason))
        if time.time() > deadline:
            raise child.failure('no_answer', 'did not answer within %d seconds' % ANSWERING)
        time.sleep(0.1)


def start_provider(processes, users, port, directory, environ):
    """Start the OpenID provider and return its child once it answers.

    :param processes: a :class:`~trac_unit.cli.host.processes.Processes`
    :param users: like :data:`._demo_content.USERS`
    :param directory: the folder that it runs in and has its log in
    :param environ: its environment variables
    """
    argv = [sys.executable, '-m', 'oidc_provider_mock', '--host', HOST, '--port', str(port)]
    for user in users:
        argv += ['--user-claims', json.dumps({
            'sub': user.subject, 'preferred_username': user.username, 'name': user.name,
            'email': user.email, 'email_verified': True, 'groups': user.groups})]
    child = processes.start('The OpenID provider', argv, os.path.join(directory, 'provider.log'),
                            directory, environ)
    body = wait_for_answer(child, port, '/.well-known/openid-configuration')
    issuer, found = issuer_at(port), json.loads(body.decode('utf-8')).get('issuer')
    if found != issuer:
        raise child.failure('issuer', 'calls itself %s, not %s' % (found, issuer))
    return child


def issuer_at(port):
    """Return the issuer of the provider at `port`: it goes by the Host header of a request."""
    return 'http://%s:%d' % (HOST, port)


def start_waitress(processes, port, directory, settings, environ):
    """Start waitress, which serves Trac, and return its child once it answers.

    :param settings: this package's own environment variables
    :param environ: all others
    """
    argv = [sys.executable, '-m', 'waitress', '--listen=%s:%d' % (HOST, port), '--threads=8',
            'trac_unit.trac_wsgi:application']
    child = processes.start('waitress', argv, os.path.join(directory, 'trac.log'), directory,
                            dict(_with_package(environ), **settings))
    wait_for_answer(child, port)
    return child


def start_unit(processes, program, port, directory, folder, settings, environ):
    """Start Unit, which serves Trac, and return its child once it answers.

    :param program: the path of ``unitd``
    :param folder: an empty folder for its socket and state
    :raises CommandError: it does not start, has no module for this Python
        (reason ``unit_module``) or cannot load the application; it is stopped then
    """
    log = os.path.join(directory, 'trac.log')
    open(log, 'w').close()  # the modules are those that this start of Unit reports
    unit = daemon.Unit(program, folder, log)
    try:
        unit.start(processes, environ)
        versions = unit.python_versions()
        if PYTHON not in versions:
            raise CommandError('unit_module', 'Unit (%s) has no module for Python %s, only for: '
                               '%s.' % (program, PYTHON, ', '.join(versions) or 'none'))
        unit.configure(unit_configuration(port, directory, settings))
        wait_for_answer(unit.child, port)
    except CommandError:
        if unit.child is not None:
            processes.stop(unit.child)
        raise
    return unit.child


def unit_configuration(port, directory, settings):
    """Return Unit's configuration that serves Trac at `port`, as a dict."""
    application = {
        'type': 'python ' + PYTHON,
        'module': 'trac_unit.trac_wsgi',
        'working_directory': directory,
        'processes': 2,
        'threads': 4,
        'environment': settings,
    }
    if sys.prefix != getattr(sys, 'base_prefix', sys.prefix):
        application['home'] = sys.prefix
    if not _is_installed():
        application['path'] = [_package_parent()]
    return {'listeners': {'%s:%d' % (HOST, port): {'pass': 'applications/trac'}},
            'applications': {'trac': application}}


def _package_parent():
    return os.path.dirname(os.path.dirname(os.path.abspath(package_file)))


def _is_installed():
    return _package_parent() in (sysconfig.get_path('purelib'), sysconfig.get_path('platlib'))


def _with_package(environ):
    """Return `environ` for a Python that finds this package where it is not installed."""
    if _is_installed():
        return environ
    path = [_package_parent()] + environ.get('PYTHONPATH', '').split(os.pathsep)
    return dict(environ, PYTHONPATH=os.pathsep.join(filter(None, path)))
