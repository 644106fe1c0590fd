"""What this machine and its Python offer, for the configuration of Unit."""

import glob
import multiprocessing
import os
import sys

from ... import __file__ as package_file
from .errors import CommandError

#: Bytes that a worker with a Trac and a few plugins takes, and a bit more.
WORKER = 160 * 1024 * 1024

#: While one thread sends to a slow reader, it holds up all threads of its
#: process; so there are few of them, and more than one process.
THREADS = 4
MOST_PROCESSES = 8


def processes(cpus, memory):
    """Return how many processes suit a machine, pure.

    :param cpus: their number
    :param memory: bytes, or None if nobody knows
    """
    wanted = min(max(2, cpus), MOST_PROCESSES)
    if memory:
        # Half is for the page cache, the database and others.
        wanted = min(wanted, memory // 2 // WORKER)
    return max(1, wanted)


def cpus():
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Python 2, and systems other than Linux
        return multiprocessing.cpu_count()


def memory():
    """Return the bytes of memory, or None."""
    try:
        return os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    except (AttributeError, ValueError, OSError):
        return None


def virtual_environment():
    """Return the folder of the virtual environment that this Python runs in, or None."""
    if hasattr(sys, 'real_prefix') or os.path.exists(os.path.join(sys.prefix, 'pyvenv.cfg')):
        return sys.prefix
    return None


def python_of(home, wanted=None):
    """Return the minor version of a virtual environment's Python, such as ``3.11``.

    :param home: the virtual environment; None: this Python's installation
    :param wanted: the version that a person named, or None
    :raises CommandError: the two differ.  Unit would start all the same, with
        a Python that sees nothing of what is installed there
    """
    if home is None:
        return wanted or '%d.%d' % sys.version_info[:2]
    pattern = os.path.join(home, 'lib', 'python*', 'site-packages')
    found = sorted(os.path.basename(os.path.dirname(folder))[len('python'):]
                   for folder in glob.glob(pattern))
    if not found:
        raise CommandError('home', 'There is no virtual environment in %s: it has no folder '
                           'lib/python*/site-packages.' % home)
    if wanted not in found + [None]:
        raise CommandError('python', 'The virtual environment %s is of Python %s, not %s; make '
                           'one with python%s -m venv, or choose --python %s.'
                           % (home, ' and '.join(found), wanted, wanted, found[-1]))
    this = '%d.%d' % sys.version_info[:2]
    return wanted or (this if this in found else found[-1])


def sources():
    """Return the folder that this package is imported from, unless it is installed; a list."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(package_file)))
    installed = os.path.basename(folder) in ('site-packages', 'dist-packages')
    return [] if installed else [folder]
