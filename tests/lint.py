"""Check that every source file compiles on Python 2.7.

Usage: ``python tests/lint.py``.  Needs a python2.7 on the PATH; without one
the check is skipped, unless TESTS_REQUIRE_ALL is set.
"""

from __future__ import print_function

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = ('setup.py', 'trac_unit', 'tests', 'examples')
SKIPPED = ('node_modules', '__pycache__')

# Runs on Python 2.7.  compile() writes no .pyc file beside the source.
COMPILE = r'''
import sys
failed = 0
for path in sys.stdin.read().split('\0'):
    source = open(path, 'rb').read()
    try:
        compile(source, path, 'exec', 0, True)
    except Exception as error:
        failed = 1
        print('%s:%s: %s' % (path, getattr(error, 'lineno', '?'), error))
sys.exit(failed)
'''


def source_files():
    for source in SOURCES:
        path = os.path.join(ROOT, source)
        if os.path.isfile(path):
            yield path
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            for name in sorted(names):
                if name.endswith('.py'):
                    yield os.path.join(folder, name)


def is_python27(command):
    """Whether `command` starts a Python 2.7; version managers leave some that do not."""
    try:
        version = subprocess.check_output(
            [command, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'],
            stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        return False
    return version.strip() == b'2.7'


def main():
    files = [os.path.relpath(path, ROOT) for path in source_files()]
    if not any(path.startswith('trac_unit') for path in files):
        sys.exit('lint: expected source files in %s, found none' % ROOT)
    if not is_python27('python2.7'):
        if os.environ.get('TESTS_REQUIRE_ALL'):
            sys.exit('lint: python2.7 is required and is not on the PATH')
        # In the words of pytest, for run.py's summary.
        print('SKIPPED [1] tests/lint.py: python2.7 is not on the PATH')
        return
    check = subprocess.Popen(['python2.7', '-c', COMPILE], cwd=ROOT, stdin=subprocess.PIPE)
    check.communicate('\0'.join(files).encode('utf-8'))
    if check.returncode:
        sys.exit('lint: not every source file compiles on Python 2.7')
    print('lint: %d source files compile on Python 2.7' % len(files))


if __name__ == '__main__':
    main()
