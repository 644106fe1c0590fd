"""One process beside others at the same store: `python -m support.store_worker TASK URL NUMBER`.

Prints what it found as JSON.
"""
import json
import os
import subprocess
import sys
import time

from support.paths import TESTS
from support.serving import child_environ
from support.store_kinds import LIMITS, NOW, NAMESPACE, session
from trac_unit.oidc.session.stores.factory import open_store

#: How a Python runs this module as a program.
WORKER = [sys.executable, '-m', 'support.store_worker']


def worker(task, kind, number=0):
    """Begin such a process at the store of a kind; its output is a pipe."""
    return subprocess.Popen(WORKER + [task, kind.url, str(number)], cwd=TESTS,
                            stdout=subprocess.PIPE, env=child_environ({}))


def busy(store, number):
    """Add, get, change and end sessions; say whether each was the right one."""
    for turn in range(15):
        username = u'user-%d' % number
        secret = '%d-%d-%d' % (os.getpid(), number, turn)
        store.add(secret, session(username))
        found = store.get(secret, NOW + 100)
        if found.identity.username != username or found.tokens.id_token != u'id-token':
            return 'another person'
        if store.count(NOW, username=username) < 1:
            return 'not counted'
        found.checked = NOW + turn
        if not store.update(secret, found) or store.get(secret, NOW).checked != NOW + turn:
            return 'not changed'
        store.end(secret)
        if store.get(secret, NOW) is not None or store.update(secret, found):
            return 'not ended'
    return 'done'


def once(store, number):
    """Claim twenty values; say which were won."""
    return [store.once('state', str(turn), NOW, NOW + 60) for turn in range(20)]


def keys(store, number):
    """Ask for keys again and again."""
    return [store.keys('k', NOW, lambda: u'key-%d' % number, 100) for _ in range(20)]


def end(store, number):
    """End everybody's sessions by the same sid; say how many ended here."""
    return store.end_by_sid(u'shared')


def forked(store, number):
    """Use the store, then fork, and use it in each process."""
    if busy(store, number) != 'done':
        return 'failed before'
    child = os.fork()
    result = 'failed'
    try:
        result = busy(store, number)
    finally:
        if child == 0:
            os._exit(0 if result == 'done' else 1)
    return result if os.waitpid(child, 0)[1] == 0 else 'failed in the child'


def count(store, number):
    """Say how many sessions there are."""
    return store.count(NOW)


def orphaned(store, number):
    """Use the store, fork and end; the child says how many sessions others find as it adds."""
    store.get('x', NOW)
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(.01)
    found = []
    for turn in range(3):
        store.add(str(turn), session())
        found.append(json.loads(subprocess.check_output(
            WORKER + ['count', sys.argv[2], '0'], cwd=TESTS, env=child_environ({}))
            .decode('ascii')))
    return found


def endless(store, number):
    """Do everything again and again, until killed."""
    turn = 0
    while True:
        turn += 1
        secret = 'endless-%d-%d' % (os.getpid(), turn)
        store.add(secret, session(u'user-%d' % (turn % 5), sid=u'sid-%d' % turn))
        found = store.get(secret, NOW + 100)
        if turn == 2:
            print('busy')
            sys.stdout.flush()
        store.update(secret, found)
        store.once('state', secret, NOW + turn, NOW + turn + 1)
        store.keys('k', NOW + turn, lambda: u'key', 2)
        if turn % 3 == 0:
            store.end(secret)
        if turn % 7 == 0:
            store.end_by_subject(u'sub-user-%d' % (turn % 5))


def main(task, url, number):
    store = open_store(url, LIMITS, NAMESPACE)
    try:
        result = globals()[task](store, int(number))
    except Exception as e:
        result = 'failed: %r' % e
    print(json.dumps(result))


if __name__ == '__main__':
    main(*sys.argv[1:])
