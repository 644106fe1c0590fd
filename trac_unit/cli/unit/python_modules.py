"""Unit's modules: where they are, and which Pythons they are for."""

import os
import re
import subprocess

from ..._compat import native
from ..host.errors import CommandError
from . import daemon

#: Where Unit's packages put its modules.
USUAL_FOLDERS = ('/usr/lib/unit/modules', '/usr/lib64/unit/modules',
                 '/usr/lib/unit/debug-modules', '/usr/local/lib/unit/modules')

_FOLDER = re.compile(r'--modules(?:dir)? DIR\s+set modules[^"]*"([^"]+)"')
_SUFFIX = '.unit.so'
# Whoever builds a module names its file; what it is linked to tells the truth.
_LINKED = re.compile(br'libpython(\d+\.\d+)')
_NAMED = re.compile(r'py(?:thon)?-?(\d+(?:\.\d+)?)\Z')


def folder(environ):
    """Return the folder of Unit's modules, or None.

    :param environ: the environment variables that `unitd` is looked for with
    """
    try:
        program = daemon.find(environ)
    except CommandError:
        program = None
    folders = list(USUAL_FOLDERS)
    if program:
        try:
            popen = subprocess.Popen([program, '--help'], stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)
            text = native(popen.communicate()[0].decode('utf-8', 'replace'))
        except EnvironmentError:
            text = ''
        folders[:0] = _FOLDER.findall(text)
    for folder in folders:
        if os.path.isdir(folder):
            return folder
    return None


def python_versions(folder):
    """Return the Python versions that the modules in `folder` are for, the oldest first."""
    try:
        names = os.listdir(folder)
    except EnvironmentError:
        return []
    versions = set(_version(folder, name) for name in names if name.endswith(_SUFFIX))
    return sorted(versions - {None},
                  key=lambda version: [int(part) for part in version.split('.')])


def _version(folder, name):
    """The Python version that a module is for, or None: another language."""
    try:
        with open(os.path.join(folder, name), 'rb') as module:
            linked = _LINKED.search(module.read())
    except EnvironmentError:
        linked = None
    named = _NAMED.match(name[:-len(_SUFFIX)])
    return native(linked.group(1)) if linked else named and named.group(1)
