"""How fast Trac is with trac-unit: ``python tests/benchmarks/run.py [options]``.

Three servers run side by side, on this Python: Trac by the published wrapper,
Trac by trac-unit with a person signed in, and, as the limit, the wrapper with
Trac's garbage collection switched off.  They are asked in turn for the same
pages, by one client, so that a busy machine is equally busy for each; so believe
the ratios, not the figures.  Server and client share the machine.
"""

from __future__ import print_function

import argparse
import collections
import sys
import time

import content
import layers
import servers
from ranks import median, percentile
from support.serving import HTTPConnection

NAMES = ('published', 'trac-unit', 'limit')
MODULES = dict(zip(NAMES, ('published', 'trac_unit.trac_wsgi', 'limit')))


class Client(object):
    """One browser with its connection kept open."""

    def __init__(self, server, cookie, user):
        self._connection = HTTPConnection('127.0.0.1', server.port)
        self._headers = {'Cookie': cookie, 'Accept-Language': 'en'}
        self._user = user

    def get(self, path):
        """Return the seconds that a page took."""
        started = time.time()
        self._connection.request('GET', path, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        taken = time.time() - started
        assert response.status == 200, '%s: %d' % (path, response.status)
        assert (b'logged in as' in body) == bool(self._user), 'the wrong user at ' + path
        return taken


class Figures(object):
    """What was measured of one server."""

    def __init__(self):
        self.first, self.later = [], []
        self.pages = collections.defaultdict(list)  # seconds, by page
        self.rates = []  # requests a second, of each round
        self.processor = []  # processor seconds a request, of each round
        self.memory = float('nan')

    def fastest(self):
        """The seconds of the fastest answers, one of each page: others' work only slows."""
        return sum(min(taken) for taken in self.pages.values())


def main(arguments):
    parser = argparse.ArgumentParser(description='Compare Trac by trac-unit with Trac as is.')
    parser.add_argument('--rounds', type=int, default=12,
                        help='turns of each server (%(default)s)')
    parser.add_argument('--passes', type=int, default=2,
                        help='times that a turn asks for each page (%(default)s)')
    parser.add_argument('--starts', type=int, default=len(content.PAGES),
                        help='starts of each server, for its first request: another page each '
                             'time (%(default)s)')
    parser.add_argument('--anonymous', action='store_true',
                        help='nobody is signed in but at trac-unit: the others have less to do')
    options = parser.parse_args(arguments)
    pages = content.PAGES
    if options.anonymous:
        pages = [page for page in pages if page != '/newticket']
    users = dict.fromkeys(NAMES, '' if options.anonymous else 'alice')
    users['trac-unit'] = 'alice'
    layers.main([])
    kind, where = servers.choose()
    print('Python %d.%d, one worker in %s, %d pages'
          % (sys.version_info[:2] + (where, len(pages))))
    with content.environment() as path, content.provider() as (_, sign_in_settings):
        settings = dict(sign_in_settings, TRAC_ENV=path, BENCH_LOCALE=layers.locale(),
                        BENCH_USER=users['limit'])
        figures = dict((name, Figures()) for name in NAMES)
        with kind(MODULES['trac-unit'], settings) as server:
            cookie = content.sign_in(server.url)
        for start in range(options.starts):
            running = {}
            try:
                for name in NAMES:
                    running[name] = kind(MODULES[name], settings)
                    measure_start(figures[name], Client(running[name], cookie, users[name]),
                                  pages[start % len(pages)])
                if start == options.starts - 1:
                    clients = dict((name, Client(running[name], cookie, users[name]))
                                   for name in NAMES)
                    measure_rounds(figures, running, clients, pages, options)
            finally:
                for server in running.values():
                    server.stop()
    report(figures, pages)


def measure_start(figures, client, page):
    figures.first.append(client.get(page))
    client.get(page)
    figures.later.append(median([client.get(page) for _ in range(9)]))


def measure_rounds(figures, running, clients, pages, options):
    pids = dict((name, running[name].worker) for name in NAMES)
    for name in NAMES:
        for page in pages:
            clients[name].get(page)
    for turn in range(options.rounds):
        for name in NAMES[turn % 3:] + NAMES[:turn % 3]:
            spent = servers.processor_seconds(pids[name])
            total = 0
            for page in pages * options.passes:
                taken = clients[name].get(page)
                figures[name].pages[page].append(taken)
                total += taken
            spent = servers.processor_seconds(pids[name]) - spent
            figures[name].rates.append(len(pages) * options.passes / total)
            figures[name].processor.append(spent / len(pages) / options.passes)
    for name in NAMES:
        figures[name].memory = servers.megabytes(pids[name])


def report(figures, pages):
    print('%-10s %10s %9s %9s %9s %14s %14s %9s' % (
        '', 'requests/s', 'median', '99th pc', 'processor', 'first request', 'a later one',
        'memory'))
    for name in NAMES:
        of = figures[name]
        times = [taken for page in pages for taken in of.pages[page]]
        print('%-10s %10.1f %6.1f ms %6.1f ms %6.1f ms %11.1f ms %11.1f ms %6.0f MB' % (
            name, len(times) / sum(times), median(times) * 1e3,
            percentile(times, .99) * 1e3, median(of.processor) * 1e3, median(of.first) * 1e3,
            median(of.later) * 1e3, of.memory))
    ours = figures['trac-unit']
    print('The medians of each page, and how many times faster than published:')
    for page in pages:
        medians = [median(figures[name].pages[page]) for name in NAMES]
        print('    %-50s %s   %.2f' % (
            page, ' '.join('%7.1f ms' % (taken * 1e3) for taken in medians),
            medians[0] / medians[1]))
    for name, target in (('published', 2.2), ('limit', .95)):
        other = figures[name]
        print('trac-unit / %-9s  %.2f by the clock, %.2f by processor time, %.2f by the fastest '
              'answers  (target: %.2f)' % (
                  name, median([a / b for a, b in zip(ours.rates, other.rates)]),
                  median([b / a for a, b in zip(ours.processor, other.processor)]),
                  other.fastest() / ours.fastest(), target))
    print('first request / later  %.2f  (target: at most 1.50)'
          % median([first / later for first, later in zip(ours.first, ours.later)]))


if __name__ == '__main__':
    main(sys.argv[1:])
