"""What the layers add to a request: ``python tests/benchmarks/layers.py [--each]``.

The application below them is one that does nothing.  The floor is one read of the
session's row by its primary key, on an open connection to the same SQLite file.
"""

from __future__ import print_function

import functools
import glob
import io
import logging
import os
import sqlite3
import sys
import time

import content
import trac.web.main
from support.journey import BASE, Journey
from ranks import median

from trac_unit.app import make_application
from trac_unit.environment.process_locale import choose
from trac_unit.settings.config import Config

BODY = [b'x' * 100]
HEADERS = [('Content-Type', 'text/html;charset=utf-8'), ('Content-Length', '100'),
           ('Cache-Control', 'must-revalidate')]

ENVIRON = {
    'REQUEST_METHOD': 'GET', 'REQUEST_URI': '/wiki', 'PATH_INFO': '/wiki', 'QUERY_STRING': '',
    'SERVER_PROTOCOL': 'HTTP/1.1', 'SERVER_SOFTWARE': 'Unit/1.35.0', 'SERVER_NAME': 'localhost',
    'SERVER_PORT': '80', 'SERVER_ADDR': '127.0.0.1', 'REMOTE_ADDR': '127.0.0.1',
    'HTTP_HOST': BASE.split('/')[2], 'HTTP_USER_AGENT': 'Mozilla/5.0', 'HTTP_ACCEPT': 'text/html',
    'HTTP_ACCEPT_LANGUAGE': 'en', 'HTTP_ACCEPT_ENCODING': 'gzip', 'HTTP_CONNECTION': 'keep-alive',
    'HTTP_REFERER': BASE + '/wiki', 'HTTP_UPGRADE_INSECURE_REQUESTS': '1',
    'HTTP_SEC_FETCH_DEST': 'document', 'HTTP_SEC_FETCH_MODE': 'navigate',
    'HTTP_SEC_FETCH_SITE': 'same-origin', 'HTTP_SEC_FETCH_USER': '?1',
    'HTTP_COOKIE': 'trac_form_token=5bd49c8b7b9d6f2d0aef5f5e; trac_session=0123456789abcdef',
    'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http', 'wsgi.input': io.BytesIO(),
    'wsgi.errors': sys.stderr, 'wsgi.multithread': False, 'wsgi.multiprocess': True,
    'wsgi.run_once': False}


def nothing(environ, start_response):
    start_response('200 OK', list(HEADERS))
    return BODY


def locale():
    """The locale that trac-unit would take, for the wrappers."""
    return choose('en_US.UTF-8')


def request(application, environ):
    body = application(dict(environ), lambda status, headers: None)
    for _ in body:
        pass
    if hasattr(body, 'close'):
        body.close()


def turns(functions, count=400, times=20):
    """Return the microseconds of one call of each function in each of many short turns.

    The functions take turns, so that a machine that changes its pace does so for all
    of them: what is to be compared is of one turn.
    """
    taken = []
    for _ in range(count):
        taken.append([])
        for function in functions:
            started = time.time()
            for _ in range(times):
                function()
            taken[-1].append((time.time() - started) / times * 1e6)
    return taken


def main(arguments):
    logging.getLogger('trac_unit').setLevel(logging.ERROR)
    with content.environment() as path, content.provider() as (_, sign_in_settings):
        settings = dict(sign_in_settings, TRAC_ENV=path, TRAC_UNIT_TUNING='off')
        journey = Journey(settings, time.time)
        journey.sign_in()
        assert journey.user() == 'alice'
        dispatch_request, trac.web.main.dispatch_request = trac.web.main.dispatch_request, nothing
        try:
            application = make_application(Config.from_environ(settings))
        finally:
            trac.web.main.dispatch_request = dispatch_request
        cookies = ['%s=%s' % pair for pair in journey.cookies.items()]
        signed_in = dict(ENVIRON, HTTP_COOKIE='; '.join([ENVIRON['HTTP_COOKIE']] + cookies))
        measure(application, signed_in, glob.glob(os.path.join(path, '.*.db'))[0])
        if '--each' in arguments:
            each(application, signed_in)


def measure(application, signed_in, database):
    connection = sqlite3.connect(database, isolation_level=None)
    key = connection.execute('SELECT number FROM session').fetchone()
    taken = turns([
        lambda: connection.execute('SELECT * FROM session WHERE number = ?', key).fetchone(),
        lambda: request(nothing, signed_in),
        lambda: request(application, ENVIRON),
        lambda: request(application, signed_in)])
    print('One indexed read of a session: %.1f microseconds' % median(
        floor for floor, _, _, _ in taken))
    for number, name in ((2, 'without'), (3, 'with')):
        print('The layers add, %-7s a session: %5.1f microseconds, %.1f times the read '
              '(target: 3)' % (name, median(turn[number] - turn[1] for turn in taken),
                               median((turn[number] - turn[1]) / turn[0] for turn in taken)))
    connection.close()


def each(application, environ):
    """What each layer takes by itself, with a session."""
    chain = [application]
    while chain[-1] is not nothing:
        chain.append(chain[-1].application)
    taken = turns([functools.partial(request, layer, environ) for layer in chain])
    for number, layer in enumerate(chain[:-1]):
        print('    %-22s %5.1f' % (type(layer).__name__, median(
            turn[number] - turn[number + 1] for turn in taken)))


if __name__ == '__main__':
    main(sys.argv[1:])
