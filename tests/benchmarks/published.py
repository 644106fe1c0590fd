"""The wrapper that is published for Trac on Unit; the benchmark gives it a user, and a locale."""
import os

import trac.web.main


def application(environ, start_response):
    environ['trac.locale'] = os.environ['BENCH_LOCALE']
    # Nobody signs in here: it is told, so that Trac makes the same pages as for trac-unit.
    if os.environ.get('BENCH_USER'):
        environ['REMOTE_USER'] = os.environ['BENCH_USER']
    return trac.web.main.dispatch_request(environ, start_response)
