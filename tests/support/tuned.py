# -*- coding: utf-8 -*-
"""What the tests of tuning share: a Trac with content, and a process that is left as it was."""

import gc
import io
import os
import sqlite3
import sys

import pytest
import trac.web.main
from trac.admin.console import TracAdmin
from trac.env import Environment, env_cache
from trac.ticket.model import Ticket
from trac.web.main import dispatch_request
from trac.wiki.model import WikiPage

from trac_unit._compat import PY2, exception_text
from trac_unit.tuning.shortcuts import replacement
from trac_unit.tuning.shortcuts.table import leave_shortcuts, take_shortcuts
from trac_unit.tuning.warmup import warm_up


def remembered(digest):
    """The function, reading each source once: tests take the shortcuts thousands of times."""
    known = {}

    def remembering(function):
        code = getattr(function, '__code__', None)
        if code is None:
            return digest(function)
        if code not in known:
            known[code] = digest(function)
        return known[code]

    return remembering


replacement.digest = remembered(replacement.digest)


@pytest.fixture(autouse=True)
def untuned():
    """The test process as it was, after each test."""
    thresholds, enabled = gc.get_threshold(), gc.isenabled()
    interval = sys.getcheckinterval() if PY2 else None
    collector = trac.web.main.gc
    if hasattr(gc, 'unfreeze'):
        gc.unfreeze()
    yield
    leave_shortcuts()
    if PY2:
        sys.setcheckinterval(interval)
    gc.set_threshold(*thresholds)
    (gc.enable if enabled else gc.disable)()
    trac.web.main.gc = collector
    if hasattr(gc, 'freeze'):
        gc.freeze()


@pytest.fixture
def with_content(environment):
    """An environment with a ticket, an administrator, and links that depend on its address."""
    admin = TracAdmin(environment)
    opened = Environment(environment)
    admin.env_set(environment, opened)
    admin.onecmd('permission add alice TRAC_ADMIN')
    ticket = Ticket(opened)
    ticket['summary'], ticket['status'], ticket['reporter'] = u'žluťoučký', u'new', u'alice'
    ticket.insert()
    # A ticket as young as the query itself is "added" to it, by the microsecond.
    hour = 3600 * 1000000
    opened.db_transaction('UPDATE ticket SET time = time - %s, changetime = changetime - %s',
                          (hour, hour))
    page = WikiPage(opened, u'Links')
    page.text = u'http://trac.example.org/wiki http://localhost/wiki http://elsewhere.example/'
    page.save(u'alice', u'')
    opened.shutdown()
    env_cache.clear()
    return environment


def dump(environment):
    """What is in the database of `environment`, as text."""
    connection = sqlite3.connect(os.path.join(environment, 'db', 'trac.db'))
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def warmed(environment, application=dispatch_request, budget=60, place='', **keys):
    """Warm `environment` up, for longer than it takes, and return nothing."""
    warm_up(application, [(environment, place)], dict({'trac.locale': 'C'}, **keys), budget)


def ask(application, path, page='/wiki', host='trac.example.org'):
    """Return the status and the body of a page, without any layer."""
    answer = []
    environ = {
        'REQUEST_METHOD': 'GET', 'SCRIPT_NAME': '', 'PATH_INFO': page, 'QUERY_STRING': '',
        'SERVER_NAME': host, 'SERVER_PORT': '80', 'HTTP_HOST': host, 'REMOTE_ADDR': '127.0.0.1',
        'SERVER_PROTOCOL': 'HTTP/1.1', 'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(), 'wsgi.errors': sys.stderr, 'wsgi.multithread': True,
        'wsgi.multiprocess': True, 'wsgi.run_once': False, 'trac.env_path': path,
        'trac.locale': 'C'}
    body = application(environ, lambda status, headers, exc_info=None:
                       answer.append(status) or answer.append)
    answer += list(body)
    return answer[0], b''.join(answer[1:])


def answering(status, body=()):
    """An application with this answer."""
    def application(environ, start_response):
        start_response(status, [])
        return body
    return application


def touch(environment):
    """Have Trac open `environment` anew at the next request."""
    ini = os.path.join(environment, 'conf', 'trac.ini')
    future = os.path.getmtime(ini) + 10
    os.utime(ini, (future, future))


def both(function):
    """What `function` returns, or raises, without the shortcuts and with them: equal, and told."""
    def outcome():
        try:
            return function()
        except Exception as e:
            return type(e), exception_text(e)

    leave_shortcuts()
    plain = outcome()
    take_shortcuts()
    for _ in range(3):
        assert outcome() == plain
    return plain


class OddText(type(u'')):
    """Text of another kind."""
