#!/usr/bin/env python3
"""Set everything up and run trac-unit's demo: a Trac with sign-in, on this computer.

Needs Python 3.10 or newer and a network connection, nothing else:

    python3 examples/demo.py

The first run makes a virtual environment in .venv-demo, next to setup.py, and
installs trac-unit there with all that the demo needs; later runs use it again.
All arguments are passed on to `trac-unit demo`; `--help` shows them.
"""

from __future__ import print_function

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(TREE, '.venv-demo')
STAMP = 'trac-unit-demo.stamp'  # in VENV: what was installed, written last
LOG = 'trac-unit-demo.log'  # in VENV: all that pip says
OLDEST_PYTHON = (3, 10)
NO_PART = ('build', 'dist', 'node_modules', '__pycache__')  # folders that no installation needs
OFFLINE = ('NewConnectionError', 'NameResolutionError', 'name resolution', 'ConnectTimeout',
           'ProxyError', 'Network is unreachable')


class Trouble(Exception):
    """Something that the person can mend; the message says how."""


def main(arguments):
    try:
        check_python(sys.version_info, os.name)
        wanted = fingerprint(TREE)
        if read(os.path.join(VENV, STAMP)) != wanted:
            set_up(wanted)
    except Trouble as e:
        print('demo: %s' % e, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\nStopped.')
        return 130
    except EnvironmentError as e:  # no place on the disk, for one
        print('demo: %s' % e, file=sys.stderr)
        return 1
    command = os.path.join(VENV, 'bin', 'trac-unit')
    # No parent process stays behind that would have to pass on Ctrl-C.
    os.execv(command, [command, 'demo'] + arguments)


def check_python(version, system):
    """Return nothing if this Python can run the demo."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        raise Trouble('Python %d.%d or newer is needed, and this is Python %d.%d; run it with a '
                      'newer one, such as: python3.12 examples/demo.py'
                      % (OLDEST_PYTHON + tuple(version[:2])))
    if system != 'posix':
        raise Trouble('The demo runs on Linux, macOS and other systems like them, not on Windows '
                      'itself; there, use the Windows Subsystem for Linux.')


def set_up(wanted):
    """Make VENV a virtual environment with this trac-unit in it, and stamp it with `wanted`."""
    if not os.path.isfile(os.path.join(TREE, 'setup.py')):
        raise Trouble('There is no setup.py in %s; run this file where it is, in the unpacked '
                      'source of trac-unit.' % TREE)
    # What was installed for another Python, or place, is no beginning for this one.
    if read(os.path.join(VENV, STAMP)).split('\n')[0] != wanted.split('\n')[0]:
        make_venv()
    write(os.path.join(VENV, STAMP), wanted.split('\n')[0])
    print('Installing Trac and what the demo needs; the first time this takes a minute or two ...')
    with copy_of(TREE) as source:
        install(source + '[demo]')
    write(os.path.join(VENV, STAMP), wanted)


def make_venv():
    """Make a new virtual environment with pip in VENV, in place of one that is there."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise Trouble('This Python cannot make virtual environments; on Debian and Ubuntu, run: '
                      'apt install python3-venv')
    print('Making a virtual environment in %s ...' % VENV)
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(VENV)
    except (EnvironmentError, subprocess.CalledProcessError) as e:
        raise Trouble('The virtual environment %s cannot be made: %s' % (VENV, e))


def install(requirement):
    """Have pip install `requirement` into VENV, and show how it gets on."""
    python = os.path.join(VENV, 'bin', 'python')
    lines = []
    with open(os.path.join(VENV, LOG), 'w') as log:
        pip = subprocess.Popen(
            [python, '-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar',
             'off', '--no-input', requirement],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        try:
            for line in pip.stdout:
                log.write(line)
                lines.append(line.rstrip())
                if line.startswith(('Collecting ', 'Building ', 'Installing ')):
                    print('  ' + shortened(line.rstrip()))
        finally:
            pip.stdout.close()
            status = pip.wait()
    if status:
        said = '\n'.join('    ' + line for line in lines[-12:])
        if any(word in line for line in lines for word in OFFLINE):
            raise Trouble('pip cannot reach the Python Package Index; check the network '
                          'connection (or pip\'s proxy and index settings) and run this again. '
                          'It said:\n\n%s' % said)
        raise Trouble('pip failed; %s has all that it said. The end of it:\n\n%s'
                      % (os.path.join(VENV, LOG), said))


def shortened(line):
    return line if len(line) <= 76 else line[:73] + '...'


def fingerprint(tree):
    """Return text that changes with the Python, the place, or any file to be installed.

    Its first line is about the Python and the place alone.
    """
    digest = hashlib.sha256()
    for path in sorted(files_of(tree)):
        with open(path, 'rb') as file:
            content = file.read()
        name = os.path.relpath(path, tree)
        digest.update(('%s %d\n' % (name, len(content))).encode('utf-8', 'surrogateescape'))
        digest.update(content)
    return '%s %s %s\n%s' % (sys.version.split()[0], sys.base_prefix, VENV, digest.hexdigest())


def files_of(tree):
    """Return the paths of setup.py and its like, and of all files of the package, in `tree`."""
    paths = [os.path.join(tree, name) for name in os.listdir(tree)]
    found = [path for path in paths if os.path.isfile(path)]
    for folder, folders, names in os.walk(os.path.join(tree, 'trac_unit')):
        folders[:] = [name for name in folders if name not in NO_PART]
        found += [os.path.join(folder, name) for name in names if not name.endswith('.pyc')]
    return found


@contextlib.contextmanager
def copy_of(tree):
    """Give a copy of `tree`: pip would build in the tree itself, and leave things behind there."""
    folder = tempfile.mkdtemp(prefix='trac-unit-source-')
    try:
        copy = os.path.join(folder, 'trac-unit')
        for path in files_of(tree):
            target = os.path.join(copy, os.path.relpath(path, tree))
            if not os.path.isdir(os.path.dirname(target)):
                os.makedirs(os.path.dirname(target))
            shutil.copy(path, target)
        yield copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read(path):
    """Return the text of the file at `path`; '' if there is none."""
    try:
        with open(path) as file:
            return file.read()
    except EnvironmentError:
        return ''


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
