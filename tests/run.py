"""Set up and run all the tests: ``python3 tests/run.py [arguments for tox]``.

Needs Python 3.9 or later and a package index, nothing else: tox is installed
into ``.tox/.runner`` inside the tree.  What this machine lacks (a Python
version, Node.js, Chromium, Unit, nginx) is skipped and named at the end; with
TESTS_REQUIRE_ALL=1 in the environment it is a failure instead, except for
Unit, which CI does not install.
"""

from __future__ import print_function

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUNNER = os.path.join(ROOT, '.tox', '.runner')
PYTHON = os.path.join(RUNNER, 'bin', 'python')
STAMP = os.path.join(RUNNER, 'installed.json')
RESULT = os.path.join(RUNNER, 'result.json')

# The last line of pytest: "=== 3 passed, 1 skipped in 0.25s ===".
CLOSING = re.compile(r'^=* ?((?:no tests ran|\d+ [a-z]+)\b.* in [\d.]+ ?s.*?) ?=*$')
SKIPPED = re.compile(r'^SKIPPED \[\d+\] (.*)$')
# A line of pytest's slowest durations: "3.91s call     test_x.py::test_y".
DURATION = re.compile(r'^([\d.]+s (?:call|setup|teardown) +\S.*)$')
SLOWEST = 20
COLOUR = re.compile(r'\x1b\[[\d;]*m')


def say(text):
    print('run.py: ' + text)
    sys.stdout.flush()


def stop(text):
    sys.exit('run.py: ' + text)


def requirements():
    """Return what tox.ini asks for, so that the versions stand in one place."""
    from configparser import ConfigParser
    parser = ConfigParser(interpolation=None)
    parser.read(os.path.join(ROOT, 'tox.ini'), encoding='utf-8')
    return parser.get('tox', 'requires').split()


def prepare(wanted):
    """Make the private virtual environment that holds tox, unless it is there."""
    stamp = [ROOT, sys.executable, sys.version, wanted]
    try:
        with open(STAMP) as installed:
            if json.load(installed) == stamp:
                return
    except (OSError, ValueError):
        pass
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop('this Python has no venv and ensurepip, which Debian and Ubuntu package apart: '
             'apt-get install python3-venv')
    say('making a virtual environment in %s' % os.path.relpath(RUNNER))
    if subprocess.call([sys.executable, '-m', 'venv', '--clear', RUNNER]):
        stop('the virtual environment could not be made; the reason is above')
    say('installing %s into it (about half a minute)' % ' and '.join(wanted))
    if subprocess.call([PYTHON, '-I', '-m', 'pip', 'install', '--quiet',
                        '--disable-pip-version-check'] + wanted):
        stop('pip could not install %s; its reason is above. Most often the package index cannot '
             'be reached: name a mirror in PIP_INDEX_URL, or a proxy in https_proxy'
             % ' and '.join(wanted))
    with open(STAMP, 'w') as installed:
        json.dump(stamp, installed)


def run_tox(arguments):
    """Run tox to its end and return its exit code; Ctrl-C reaches it as well as us."""
    if os.path.exists(RESULT):
        os.remove(RESULT)
    environ = dict(os.environ)
    if required():
        environ['TOX_SKIP_MISSING_INTERPRETERS'] = 'false'
    tox = subprocess.Popen([PYTHON, '-I', '-u', '-m', 'tox', 'run', '--result-json', RESULT]
                           + arguments, cwd=ROOT, env=environ)
    while True:
        try:
            return tox.wait()
        except KeyboardInterrupt:
            say('interrupted; waiting for tox to stop')


def required():
    return bool(os.environ.get('TESTS_REQUIRE_ALL'))


def results():
    """Return what became of each environment: a dict of tox's results by their names."""
    try:
        with open(RESULT) as source:
            environments = json.load(source)['testenvs']
    except (OSError, ValueError):
        return {}
    return dict((name, result) for name, result in environments.items() if 'result' in result)


def is_stalled(environment):
    """Whether an environment failed before its first command: an index that did not answer."""
    return not environment['result']['success'] and not environment.get('test')


def outcome(environment):
    verdict = 'passed' if environment['result']['success'] else 'FAILED'
    if 'python' not in environment:
        # tox calls it a success if it was told to skip what is missing.
        return ('SKIPPED: no such Python here' if verdict == 'passed'
                else 'FAILED: it did not start; tox says why above')
    if is_stalled(environment):
        return 'FAILED: what it needs could not be installed; tox says why above'
    return ': '.join([verdict] + said(CLOSING, environment)[-1:])


def said(pattern, environment):
    """Return what the first group of `pattern` matched, for each line of output that it fits."""
    lines = [COLOUR.sub('', line) for command in environment.get('test', [])
             for line in command['output'].splitlines()]
    return [match.group(1) for match in map(pattern.match, lines) if match]


def seconds(environment):
    """Return how long all commands of an environment took, as far as tox says it."""
    return sum(command.get('elapsed', 0)
               for part in ('setup', 'test') for command in environment.get(part, []))


def slowest(found):
    """Return the tests that took longest, lines with the environment in front."""
    lines = [(float(line.split('s ')[0]), '%-8s %s' % (name, line))
             for name, environment in found.items() for line in said(DURATION, environment)]
    return [line for _, line in sorted(lines, reverse=True)[:SLOWEST]]


def main(arguments):
    wanted = requirements()
    prepare(wanted)
    if required():
        say('TESTS_REQUIRE_ALL is set: what is missing is a failure, except for Unit')
    say('running tox; the first time it downloads what each Python needs (some minutes)')
    code = run_tox(arguments)
    found = results()
    stalled = sorted(name for name in found if is_stalled(found[name]))
    if stalled:
        say('trying once more what could not be set up: ' + ', '.join(stalled))
        rest = arguments[arguments.index('--'):] if '--' in arguments else []
        run_tox(['-e', ','.join(stalled)] + rest)
        found.update(results())
        code = int(not all(environment['result']['success'] for environment in found.values()))
    if found:
        print()
        say('summary')
    for name, environment in found.items():
        print('  %-8s %5d s  %s' % (name, seconds(environment), outcome(environment)))
        for reason in said(SKIPPED, environment):
            print('           not run: ' + reason)
    if slowest(found):
        print('  the slowest tests')
    for line in slowest(found):
        print('    ' + line)
    return code


if __name__ == '__main__':
    if sys.version_info < (3, 9):
        stop('Python 3.9 or later is needed to run the tests, on 2.7 too; this is %d.%d. '
             'Use: python3 tests/run.py' % sys.version_info[:2])
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        stop('interrupted')
