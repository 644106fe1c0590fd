"""That memory does not creep: ``python tests/benchmarks/memory.py [requests]``.

One process with tuning on answers a signed-in person's mixed requests, 20,000
unless told otherwise; every 2,000 its trac.ini is touched, so that Trac opens the
environment anew.  The exit status is 1 if the second half needed noticeably more
memory than the first.
"""

from __future__ import print_function

import itertools
import logging
import os
import sys
import time

import content
from support.journey import Journey
from layers import ENVIRON
from servers import megabytes

RELOAD_EVERY = 2000
SHOW_EVERY = 500

#: What the second half may need beyond the first: pages differ, and allocators round.
TOLERANCE = 1.05


def main(requests=20000):
    logging.getLogger('trac_unit').setLevel(logging.ERROR)
    # Few tickets: the pages are quick to make, and load the same.
    with content.environment(30) as path, content.provider() as (_, sign_in_settings):
        journey = Journey(dict(sign_in_settings, TRAC_ENV=path, TRAC_UNIT_TUNING='on'), time.time)
        journey.sign_in()
        assert journey.user() == 'alice'
        cookie = '; '.join('%s=%s' % pair for pair in journey.cookies.items())
        used = []
        pages = itertools.cycle(content.PAGES)
        started = time.time()
        for number in range(1, requests + 1):
            request(journey.application, next(pages), cookie)
            if number % RELOAD_EVERY == 0:
                ini = os.path.join(path, 'conf', 'trac.ini')
                # Trac compares the time stamps; those of files may be coarse.
                os.utime(ini, (started + number, started + number))
            if number % SHOW_EVERY == 0:
                used.append(megabytes(os.getpid()))
                print('%6d requests  %5.0f s  %6.1f MB'
                      % (number, time.time() - started, used[-1]))
                sys.stdout.flush()
    half = len(used) // 2
    first, second = max(used[:half]), max(used[half:])
    print('Python %d.%d: at most %.1f MB in the first half, %.1f MB in the second'
          % (sys.version_info[:2] + (first, second)))
    return 1 if second > first * TOLERANCE else 0


def request(application, page, cookie):
    path, _, query = page.partition('?')
    statuses = []

    def start_response(status, headers, exc_info=None):
        statuses.append(status)
        return lambda data: None

    body = application(dict(ENVIRON, PATH_INFO=path, QUERY_STRING=query, HTTP_COOKIE=cookie),
                       start_response)
    for _ in body:
        pass
    if hasattr(body, 'close'):
        body.close()
    assert statuses[-1].startswith('200 '), (page, statuses)


if __name__ == '__main__':
    sys.exit(main(*map(int, sys.argv[1:])))
