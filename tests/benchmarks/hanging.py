"""That a provider that hangs slows nobody else: ``python tests/benchmarks/hanging.py [options]``.

People who are signed in ask one process for pages, in turn while nobody signs in,
and while sign-ins wait for a provider that does not answer.  In waitress, and in
Unit if it is there.  The exit status is 1 if a server keeps less than 80 % of its
rate.  Each sign-in that hangs has a thread of the server to itself, so there have
to be more threads than those.
"""

from __future__ import print_function

import argparse
import sys
import time

from run import Client  # first: the tests have a module of that name too

import content
import servers
from support.browser import Browser
from support.crowd import Calls, Hang, at_once
from ranks import median
from support.serving import Unavailable, wait_for

THREADS, HANGING, ROUNDS = 4, 2, 12

#: What is left of the rate, at least.
TARGET = .8

#: Where a sign-in has to wait.
PATHS = ('/token', '/userinfo')

# The rounds end the hanging, the deadline does not.
PATIENCE = {'TRAC_OIDC_TIMEOUT': '90s'}


def kinds(threads):
    """The servers that there are on this machine: pairs of a name and a class."""
    found = []
    for name, base in (('waitress', servers.InWaitress), ('Unit', servers.InUnit)):
        kind = type(name, (base,), {'threads': threads})
        try:
            kind('limit', {'BENCH_LOCALE': 'C'}).stop()
        except Unavailable as e:
            print('%-8s is not there (%s)' % (name, e))
        else:
            found.append((name, kind))
    return found


def rate(clients):
    """Requests a second, while each client asks for all the pages."""
    started = time.time()
    at_once(len(clients), lambda number: [clients[number].get(page) for page in content.PAGES])
    return len(clients) * len(content.PAGES) / (time.time() - started)


def sign_in(server):
    return 'logged in as' in Browser().get(server.url + '/login').text


def rate_beside(hanging, path, provider, server, clients):
    """The same, while so many sign-ins wait for the provider."""
    with Hang(provider, path, hanging) as hang:
        waiting = Calls([lambda: sign_in(server)] * hanging)
        wait_for(lambda: hang.held == hanging, 'sign-ins that hang')
        measured = rate(clients)
        assert waiting.results == [], 'they did not hang for so long'
    assert all(waiting.ended()), 'they are signed in when the provider answers'
    return measured


def compare(name, kind, provider, settings, options):
    """Return the part of its rate that a server keeps, at the worse of the places to wait."""
    parts = []
    with kind('trac_unit.trac_wsgi', settings) as server:
        cookie = content.sign_in(server.url)
        clients = [Client(server, cookie, 'alice')
                   for _ in range(options.threads - options.hanging)]
        rate(clients)
        for path in PATHS:
            rates = []
            for turn in range(options.rounds):
                def free():
                    return rate(clients)

                def beside():
                    return rate_beside(options.hanging, path, provider, server, clients)
                pair = [measure() for measure in ((free, beside) if turn % 2 else (beside, free))]
                rates.append(pair if turn % 2 else pair[::-1])
            parts.append(median([slow / fast for fast, slow in rates]))
            print('%-8s %5.1f requests a second, %5.1f while %d of %d threads wait at %s: '
                  '%.0f %%' % (name, median([pair[0] for pair in rates]),
                               median([pair[1] for pair in rates]), options.hanging,
                               options.threads, path, 100 * parts[-1]))
    return min(parts)


def main(arguments):
    parser = argparse.ArgumentParser(description='Browse while sign-ins hang.')
    parser.add_argument('--threads', type=int, default=THREADS,
                        help='of the one process of a server (%(default)s)')
    parser.add_argument('--hanging', type=int, default=HANGING,
                        help='sign-ins that wait for the provider; fewer (%(default)s)')
    parser.add_argument('--rounds', type=int, default=ROUNDS,
                        help='times that each is measured (%(default)s)')
    options = parser.parse_args(arguments)
    if not 0 < options.hanging < options.threads:
        parser.error('fewer sign-ins have to hang than there are threads')
    print('Python %d.%d, one process with %d threads, %d clients, %d pages' % (
        sys.version_info[:2] + (options.threads, options.threads - options.hanging,
                                len(content.PAGES))))
    with content.environment() as path, content.provider() as (provider, sign_in_settings):
        settings = dict(sign_in_settings, TRAC_ENV=path, **PATIENCE)
        kept = min([compare(name, kind, provider, settings, options)
                    for name, kind in kinds(options.threads)])
    print('at least %.0f %% of the rate is kept  (target: %.0f %%)' % (100 * kept, 100 * TARGET))
    return 1 if kept < TARGET else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
