"""The Python: its version against Unit's modules, what it lacks, and what leads it astray."""

import os
import re
import sys
import warnings

from ... import __file__ as package_file
from ..._compat import PY2, exception_text, native
from ...environment.process_locale import DEFAULT, choose
from ..host import trac_environment
from ..host.errors import CommandError
from ..unit import python_modules
from .result import command, error, note, ok, warning

TITLE = 'Python'

VERSION = '%d.%d' % sys.version_info[:2]
TRAC = '1.4' if PY2 else '1.6'


def interpreter(context):
    yield ok('Python', '%s, %s' % (VERSION, sys.prefix))
    home = (context.application or {}).get('home')
    if home and not os.path.isdir(native(home)):
        yield error('home', 'there is no folder %s, in which Unit looks for Python and Trac'
                    % native(home), 'correct "home", or make the virtual environment there')
    elif home and os.path.realpath(native(home)) != os.path.realpath(sys.prefix):
        yield warning('home', 'Unit runs the application with %s, and this check has looked '
                      'at %s' % (native(home), sys.prefix),
                      command(os.path.join(native(home), 'bin', 'trac-unit'), 'check'))


def modules(context):
    folder = context.modules or python_modules.folder(context.process)
    if folder is None:
        yield warning('Unit\'s modules', 'not found, so whether Unit can run Python %s is not '
                      'known' % VERSION, 'trac-unit check --unit-modules DIR')
        return
    versions = python_modules.python_versions(folder)
    shown = ', '.join(versions) or 'none'
    wanted = _wanted(context)
    fitting = [version for version in versions
               if version == wanted or version.startswith(wanted + '.') or not wanted]
    if VERSION not in versions:
        yield error('Unit\'s modules', 'this is Python %s, and %s has modules for: %s'
                    % (VERSION, folder, shown),
                    'install unit-python%s, or make the virtual environment with another Python'
                    % VERSION)
    elif VERSION not in fitting or fitting[-1] != VERSION:
        # A virtual environment of another version is silently half used.
        yield error('type', '"python %s" makes Unit take Python %s, and this is %s'
                    % (wanted, fitting[-1] if fitting else 'that it does not have', VERSION),
                    'write "type": "python %s"' % VERSION)
    else:
        yield ok('Unit\'s modules', '%s has one for Python %s' % (folder, VERSION))


def _wanted(context):
    """The version that the application's type asks for, or this one."""
    if context.application is None:
        return VERSION
    kind = re.match(r'^python ?([\d.]*)', native(context.application.get('type', 'python')))
    return '.'.join(kind.group(1).split('.')[:2]) if kind else ''


def readable(context):
    """Unit's user is not the one who installed all this, perhaps into a closed home folder."""
    folders = [sys.prefix, os.path.dirname(os.__file__), os.path.dirname(package_file)]
    for folder in folders:
        if not context.account.may(folder, 'rx'):
            yield error('permissions', '%s cannot read %s, so Unit cannot run this Python and Trac'
                        % (context.account.name, folder),
                        'install both where that user can read, such as below /srv')
            return
    yield ok('permissions', '%s can read this Python and its packages' % context.account.name)


def packages(context):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            import pkg_resources
        except Exception as e:
            yield error('pkg_resources', 'cannot be imported (%s), and Trac needs it'
                        % type(e).__name__, _pip('setuptools<45' if PY2 else 'setuptools<81'))
            return
    yield ok('pkg_resources', 'there')
    try:
        pkg_resources.require(trac_environment.DISTRIBUTION)
    except pkg_resources.DistributionNotFound as e:
        if e.args and getattr(e.args[0], 'key', None) != trac_environment.DISTRIBUTION:
            yield error('packages', '%s is missing' % e.args[0], _pip('trac-unit'))
    except pkg_resources.ResolutionError as e:
        yield warning('packages', '%s is installed, and %s is needed' % tuple(e.args[:2]),
                      _pip('trac-unit'))


def _pip(requirement):
    return command(sys.executable, '-m', 'pip', 'install', '--upgrade', requirement)


def trac_version(context):
    try:
        trac_environment.import_trac()
    except CommandError as e:
        yield error('Trac', exception_text(e), _pip('trac-unit'))
        return
    from trac import __version__ as version

    if version == TRAC or version.startswith(TRAC + '.'):
        yield ok('Trac', version)
    else:
        yield error('Trac', 'version %s, and this package is for %s' % (version, TRAC),
                    _pip('Trac~=%s.0' % TRAC))


def process_locale(context):
    wanted = context.config and context.config.trac_locale
    chosen = choose(wanted or DEFAULT)
    if wanted and chosen != wanted:
        yield warning('TRAC_LOCALE', '%s does not exist on this machine; Trac gets %s'
                      % (wanted, chosen), _localedef(wanted))
    elif chosen == 'C' and not wanted:
        yield warning('locale', 'neither %s nor C.UTF-8 exists; Trac gets C' % DEFAULT,
                      _localedef(DEFAULT))
    else:
        yield ok('locale', chosen)


def _localedef(name):
    return command('localedef', '-i', name.split('.')[0], '-f', 'UTF-8', name)


def search_path(context):
    """With Python 2.7, site.py of a virtual environment finds it by PATH, or IndexError."""
    if not PY2 or sys.prefix == getattr(sys, 'base_prefix', sys.prefix):
        return
    folder = os.path.join(sys.prefix, 'bin')
    if folder in context.environ.get('PATH', '').split(os.pathsep):
        yield ok('PATH', 'has %s' % folder)
    else:
        report = error if context.application else warning
        yield report('PATH', 'has no %s, so Python 2.7 does not find its virtual environment '
                     'in Unit' % folder,
                     'add "PATH": "%s:/usr/bin:/bin" to the application\'s "environment"' % folder)


def variables(context):
    home = (context.application or {}).get('home')
    for name in sorted(context.environ):
        if not name.startswith('PYTHON') or name == 'PYTHON_EGG_CACHE':
            continue
        if home and not PY2:
            yield warning(name, 'has no effect: with "home", Unit\'s Python 3 ignores it',
                          'remove it; "path" takes folders with modules')
        elif name == 'PYTHONHOME':
            yield error(name, 'makes this Python take the library of another one',
                        'unset PYTHONHOME')
        elif name == 'PYTHONPATH':
            yield warning(name, 'modules in %s come before the installed ones'
                          % context.environ[name], 'unset PYTHONPATH')
        else:
            yield note(name, context.environ[name])


CHECKS = (interpreter, readable, modules, packages, trac_version, process_locale, search_path,
          variables)
