"""One process beside others at the same store: `python store_worker.py TASK PATH NUMBER`.

Prints what it found as JSON.
"""
import json
import os
import sys

from trac_unit.oidc.identity import Identity
from trac_unit.oidc.session import Limits, Session
from trac_unit.oidc.stores.sqlite import SQLiteStore

NOW = 1700000000


def busy(store, number):
    """Add, get and end sessions; say whether each was the right one."""
    for turn in range(15):
        username = u'user-%d' % number
        secret = '%d-%d-%d' % (os.getpid(), number, turn)
        identity = Identity(u'https://provider.example', u'sub', username, u'', u'', ())
        store.add(secret, Session(identity, u'token', None, NOW))
        if store.get(secret, NOW + 100).identity.username != username:
            return 'another person'
        store.end(secret)
        if store.get(secret, NOW) is not None:
            return 'not ended'
    return 'done'


def once(store, number):
    """Claim twenty values; say which this process had first."""
    return [store.once('state', str(turn), NOW + 60) for turn in range(20)]


def key(store, number):
    return store.key('k', lambda: u'key-%d' % number)


def forked(store, number):
    """Use the store, then fork, and use it in each process."""
    if busy(store, number) != 'done':
        return 'failed before'
    children = [os.fork() for _ in range(1)]
    result = busy(store, number)
    if 0 in children:
        os._exit(0 if result == 'done' else 1)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    return result if statuses == [0] else 'failed in the child'


def killed(store, number):
    """Die in the middle of a transaction."""
    connection = store._open()
    connection.execute('BEGIN IMMEDIATE')
    connection.execute('DELETE FROM session')
    os.kill(os.getpid(), 9)


def main(task, path, number):
    store = SQLiteStore(path, Limits(3600, 86400))
    try:
        result = globals()[task](store, int(number))
    except Exception as e:
        result = 'failed: %r' % e
    print(json.dumps(result))


if __name__ == '__main__':
    main(*sys.argv[1:])
