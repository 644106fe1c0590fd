"""``trac-unit demo``: a Trac, an OpenID provider and a web server, at once."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
import uuid
import warnings

from ..._compat import PY2, exception_text
from ..demo import content
from ..demo.servers import HOST, check_port, issuer_at, start_provider, start_unit, start_waitress
from ..host.errors import CommandError
from ..host.processes import Interrupts, Processes
from ..host.terminal import say
from ..unit import daemon

NAME = 'demo'
HELP = 'Run a Trac with sign-in on this computer, to look around in (Python 3.10 or newer).'

EXAMPLES = """\
examples:
  trac-unit demo
      at http://127.0.0.1:8000/, until Ctrl-C, which removes everything
  trac-unit demo --directory demo --server unit
      served by Unit only, with what is done in Trac kept for the next time
"""

OLDEST_PYTHON = (3, 10)
MODULES = (  # what the demo imports: (module, what to install)
    ('pkg_resources', 'setuptools<81'),
    ('trac', 'Trac'),
    ('oidc_provider_mock', 'oidc-provider-mock'),
    ('waitress', 'waitress'),
)


def add_arguments(parser):
    parser.add_argument('--port', type=_port, default=8000, metavar='PORT',
                        help='the port of Trac (default: 8000)')
    parser.add_argument('--provider-port', type=_port, default=9400, metavar='PORT',
                        help='the port of the OpenID provider (default: 9400)')
    parser.add_argument('--directory', metavar='DIR',
                        help='keep the Trac environment here, and use it again the next time '
                        '(default: a temporary folder, removed at the end)')
    parser.add_argument('--server', choices=('auto', 'unit', 'waitress'), default='auto',
                        help='what serves Trac (default: auto: Unit if it is on this computer, '
                        'else waitress)')


def _port(text):
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError('expected a number from 1 to 65535, got %r' % text)
    return int(text)


def run(args):
    check_python(sys.version_info)
    check_modules(MODULES)
    if args.port == args.provider_port:
        raise CommandError('same_port', 'Trac and the OpenID provider cannot share port %d; '
                           'choose another one with --port or --provider-port.' % args.port)
    check_port(args.port, '--port')
    check_port(args.provider_port, '--provider-port')
    program = daemon.find(os.environ) if args.server != 'waitress' else None
    if args.server == 'unit' and program is None:
        raise CommandError('unitd_missing', 'unitd is not in PATH; install Unit '
                           '(https://unit.nginx.org), set the variable UNITD to its path, or '
                           'use --server waitress.')
    with Interrupts() as interrupts, _scratch(interrupts) as scratch:
        processes = Processes(interrupts)
        try:
            _serve(args, program, scratch, processes)
        except KeyboardInterrupt:
            say('\nStopping ...')
        finally:
            interrupts.ignore()
            processes.stop_all()
    say('Stopped.')
    return 0


def check_python(version):
    """Return nothing if the demo's OpenID provider runs on this `version`, a tuple.

    :raises CommandError: otherwise
    """
    if tuple(version[:2]) < OLDEST_PYTHON:
        raise CommandError('python_too_old', 'The demo needs Python %d.%d or newer, because its '
                           'OpenID provider does; this is Python %d.%d. With a newer one, run: '
                           'python3 -m pip install "trac-unit[demo]"'
                           % (OLDEST_PYTHON + tuple(version[:2])))


def check_modules(modules):
    """Return nothing if all of `modules`, pairs like those in :data:`MODULES`, are installed.

    :raises CommandError: otherwise, with the command that mends it
    """
    missing = [(module, package) for module, package in modules if not _is_there(module)]
    if missing:
        raise CommandError('module_missing', 'The demo needs %s, which %s not installed; run: '
                           '%s -m pip install %s'
                           % (' and '.join(module for module, package in missing),
                              'is' if len(missing) == 1 else 'are', sys.executable,
                              ' '.join('"%s"' % package for module, package in missing)))


def _is_there(module):
    if PY2:
        import pkgutil
        return pkgutil.find_loader(module) is not None
    from importlib.util import find_spec
    return find_spec(module) is not None


@contextlib.contextmanager
def _scratch(interrupts):
    """Give a temporary folder that is there until the end of the block."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix='trac-unit-demo-'))
    try:
        yield folder
    finally:
        interrupts.ignore()
        shutil.rmtree(folder, ignore_errors=True)


def _serve(args, program, scratch, processes):
    directory = scratch if args.directory is None else _kept(args.directory)
    environment = _environment(directory)
    # Settings of another Trac on this computer are not meant for the demo's, and a proxy
    # does not lead to 127.0.0.1.
    environ = dict((name, value) for name, value in os.environ.items()
                   if not name.startswith('TRAC_'))
    environ.update(no_proxy=HOST, NO_PROXY=HOST)
    say('Starting the OpenID provider ...')
    start_provider(processes, content.USERS, args.provider_port, directory, environ)
    settings = {
        'TRAC_ENV': environment,
        'TRAC_OIDC_ISSUER': issuer_at(args.provider_port),
        'TRAC_OIDC_CLIENT_ID': 'trac-demo',
        'TRAC_OIDC_CLIENT_SECRET': uuid.uuid4().hex,
    }
    server = _start_trac(args, program, directory, scratch, processes, settings, environ)
    _welcome(args, server, directory)
    while True:
        processes.check()
        time.sleep(0.5)


def _kept(directory):
    """Return the absolute path of the folder that a person named, made if need be."""
    directory = os.path.abspath(directory)
    try:
        if not os.path.isdir(directory):
            os.makedirs(directory)
        tempfile.TemporaryFile(dir=directory).close()
    except EnvironmentError as e:
        raise CommandError('directory', '%s cannot be used (%s); choose another folder with '
                           '--directory.' % (directory, e.strerror))
    return directory


def _environment(directory):
    """Return the path of the Trac environment in the folder `directory`, made if need be."""
    path = os.path.join(directory, 'trac')
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='.*pkg_resources.*')
        from trac.env import open_environment
    if os.path.exists(path):
        try:
            open_environment(path).shutdown()
        except Exception as e:  # what a plugin or a database raises is anything
            raise CommandError('environment', 'The Trac environment %s cannot be used: %s '
                               'Remove it, or choose another folder with --directory.'
                               % (path, exception_text(e)))
        say('Using the Trac environment %s again.' % path)
        return path
    say('Creating the Trac environment ...')
    # A beginning that was broken off must not be taken for an environment the next time.
    beginning = os.path.join(directory, 'trac.beginning')
    shutil.rmtree(beginning, ignore_errors=True)
    content.make_environment(beginning)
    os.rename(beginning, path)
    return path


def _start_trac(args, program, directory, scratch, processes, settings, environ):
    """Start what serves Trac, and return its name once it answers."""
    if program is None:
        if args.server == 'auto':
            say('unitd not found: serving through waitress.')
    else:
        say('Starting Unit (%s) ...' % program)
        try:
            # Not in `directory`, which can be anywhere: the path of Unit's socket has to be short.
            start_unit(processes, program, args.port, directory, scratch, settings, environ)
            return 'Unit'
        except CommandError as e:
            if args.server == 'unit':
                raise
            say(e)
            # Such as that of an import, when Unit's Python is another build than this one.
            causes = [line for line in (e.log or u'').split(u'\n') if u'Error: ' in line]
            say(u''.join(u'  %s\n' % line.strip() for line in causes[-1:])
                + u'Serving through waitress instead.')
    say('Starting waitress ...')
    start_waitress(processes, args.port, directory, settings, environ)
    return 'waitress'


def _welcome(args, server, directory):
    say()
    say('Trac is at  http://%s:%d/  (served by %s).' % (HOST, args.port, server))
    say()
    say('Choose "Login" there, then one of these people:')
    for user in content.USERS:
        notes = [u'signs in as %s' % user.username] if user.username != user.subject else []
        if user.username == content.ADMINISTRATOR:
            notes.append(u'may do everything in this Trac')
        say(u'  %-7s %s%s' % (user.subject, user.name, u''.join(u', ' + note for note in notes)))
    say()
    if args.directory is not None:
        say('The environment and the logs stay in %s.' % directory)
    say('Press Ctrl-C to stop.')
