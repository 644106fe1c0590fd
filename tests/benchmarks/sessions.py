"""That many sessions cost no more than few: ``python tests/benchmarks/sessions.py [sessions]``.

A SQLite store with a thousand live sessions and one with a million, unless told
otherwise, take turns at what a request asks of a store, and at a sign-in.  Then
all the million expire, and people sign in.  A million take 3 GB of disk, in the
folder for temporary files, and some minutes.  The exit status is 1 if a request
costs more than 1.5 times as much in the large store, or if somebody would feel
the removal of what has expired.
"""

from __future__ import print_function

import os
import random
import shutil
import sqlite3
import sys
import tempfile
from timeit import default_timer

from ranks import median, percentile
from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.limits import Limits
from trac_unit.oidc.session.session import Session
from trac_unit.oidc.session.stores.records import Namespace, dump_identity
from trac_unit.oidc.session.stores.sqlite import SQLiteStore
from trac_unit.oidc.session.tokens import Tokens

FEW, MANY = 1000, 1000000
ROUNDS, REQUESTS, SIGN_INS = 40, 250, 10
EXPIRED_SIGN_INS = 2000

#: How much more a request may cost, and the seconds that nobody feels.
TARGET, FELT = 1.5, .1

NOW, LIMITS, NAMESPACE = 1700000000, Limits(12 * 3600, 7 * 86400), u'https://provider.example trac'


class Subject(object):
    """A store with so many sessions in a file of its own."""

    def __init__(self, folder, count):
        self.count = count
        self.path = os.path.join(folder, '%d.db' % count)
        self.store = SQLiteStore(self.path, LIMITS, NAMESPACE)
        self.store.count(NOW)  # makes the tables
        self._fill()
        self.added = 0

    def _fill(self):
        """Write the rows as the store does, but many at once, and with the same tokens in each."""
        realm = Namespace(NAMESPACE)
        sealed = realm.seal('x', session(0))
        connection = sqlite3.connect(self.path, isolation_level=None)
        for pragma in ('synchronous = OFF', 'cache_size = -500000'):
            connection.execute('PRAGMA ' + pragma)
        connection.execute('BEGIN')
        # In the order in which they will lie there, which is quick.
        keys = sorted((realm.key('session', secret(number)), number)
                      for number in range(self.count))
        for lap, (key, number) in enumerate(keys):
            if lap % 50000 == 49999:
                connection.execute('COMMIT')
                connection.execute('BEGIN')
            identity = session(number).identity
            # Lately enough that a request now does not note it once more.
            seen = NOW - number % 50
            connection.execute(
                'INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
                (int(key[:15], 16), key, realm.name, identity.subject,
                 identity.username, u'sid-%d' % number, seen, seen, seen,
                 LIMITS.end(seen, seen), dump_identity(identity), sealed))
        connection.execute('COMMIT')
        # Else reads would look through a log that is longer than any in real life.
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        connection.close()

    def requests(self, now, chance):
        """Seconds of each of some requests, of people who are chosen by chance."""
        def request():
            assert self.store.get(wanted, now) is not None
        taken = []
        for _ in range(REQUESTS):
            wanted = secret(chance.randrange(self.count))
            taken.append(timed(request))
        return taken

    def sign_ins(self, now, count):
        """Seconds of each of some sign-ins."""
        def sign_in():
            self.store.add('new-%d' % self.added, new)
        taken = []
        for _ in range(count):
            self.added += 1
            new = session(self.added, now)
            taken.append(timed(sign_in))
        return taken


def secret(number):
    return 'secret-%d' % number


def session(number, now=NOW):
    name = u'user-%d' % (number // 3)
    identity = Identity(u'https://provider.example', u'subject-' + name, name, u'Some One',
                        name + u'@example.org', (u'developers', u'authors'))
    return Session(identity, Tokens(u'i' * 1000, u'a' * 600, u'r' * 200), u'sid', now)


def timed(call):
    before = default_timer()
    call()
    return default_timer() - before


def compare(few, many):
    """Return the ratios of the two stores' medians: of a request, of one that notes, a sign-in."""
    chance = random.Random(1)
    ratios, medians = ([], [], []), ([], [], [])
    for lap in range(ROUNDS):
        pair = (few, many) if lap % 2 else (many, few)
        # The first look of a minute is noted; and each lap is some minutes later.
        for kind, measure in enumerate((
                lambda subject: subject.requests(NOW + 1, chance),
                lambda subject: subject.requests(NOW + 3600 + 100 * lap, chance),
                lambda subject: subject.sign_ins(NOW + 100 * lap, SIGN_INS))):
            taken = dict((subject, median(measure(subject))) for subject in pair)
            ratios[kind].append(taken[many] / taken[few])
            medians[kind].append((taken[few], taken[many]))
    for name, ratio, both in zip(('request', 'request that is noted', 'sign-in'), ratios, medians):
        print('%-22s %8.0f us %8.0f us   %.2f times' % (
            name, median([pair[0] for pair in both]) * 1e6,
            median([pair[1] for pair in both]) * 1e6, median(ratio)))
    return [median(ratio) for ratio in ratios]


def expire(subject):
    """Return the seconds of the slowest sign-in but 1 % while everybody's session goes."""
    for name, now in (('nothing has expired', NOW), ('all has expired', NOW + LIMITS.lifetime)):
        taken = subject.sign_ins(now, EXPIRED_SIGN_INS)
        print('%d sign-ins when %s: median %.1f ms, 99 of 100 within %.1f ms, the slowest %.1f ms'
              % (len(taken), name, median(taken) * 1e3, percentile(taken, .99) * 1e3,
                 max(taken) * 1e3))
    connection = sqlite3.connect(subject.path)
    print('%d rows are left' % connection.execute('SELECT COUNT(*) FROM session').fetchone())
    connection.close()
    return percentile(taken, .99)


def main(count=MANY):
    folder = tempfile.mkdtemp(prefix='trac-unit-bench-')
    try:
        few, many = Subject(folder, FEW), Subject(folder, count)
        print('Python %d.%d, SQLite %s; %d sessions and %d, %d MB' % (
            sys.version_info[:2] + (sqlite3.sqlite_version, FEW, count,
                                    os.path.getsize(many.path) // 1000000)))
        ratios = compare(few, many)
        slow = expire(many)
    finally:
        shutil.rmtree(folder)
    # A request is one of the first kind, but for one a minute of each person.
    print('a request costs %.2f times as much  (target: at most %.2f)' % (ratios[0], TARGET))
    return 1 if ratios[0] > TARGET or slow > FELT else 0


if __name__ == '__main__':
    sys.exit(main(*map(int, sys.argv[1:])))
