# -*- coding: utf-8 -*-
"""Tuning as a whole: the same answers as without, and nothing at all where it is off."""

import gc
import json
import logging
import os
import re
import shutil
import sys

import pytest
import trac.web.main
from trac.env import env_cache
from trac.web.api import Request
from trac.web.main import dispatch_request

from support.journey import Journey
from support.tuned import untuned, with_content  # noqa: F401 (fixtures)
from trac_unit._compat import PY2
from trac_unit.tuning import middleware
from trac_unit.tuning.middleware import TunedTrac
from trac_unit.tuning.shortcuts.table import SHORTCUTS
from trac_unit.tuning.threads import INTERVAL
from trac_unit.tuning.warmup import warm_up

PAGES = ('/wiki', '/wiki/TracGuide', '/wiki/Links', '/wiki?action=edit', '/ticket/1', '/report',
         '/report/1', '/query', '/query?status=!closed', '/timeline?from=01/01/20', '/roadmap',
         '/milestone/milestone1', '/search', '/search?q=trac', '/newticket', '/prefs', '/about',
         '/admin', '/timeline?format=rss&from=01/01/20', '/report/1?format=rss',
         '/query?format=csv', '/no/such/page')


@pytest.fixture
def environment(with_content):  # noqa: F811
    return with_content


def pages(settings, clock, tuned, sign_in):
    """Return the answers to PAGES of a process that just started."""
    env_cache.clear()
    journey = Journey(dict(settings, TRAC_UNIT_TUNING=tuned), clock)
    try:
        if sign_in:
            journey.sign_in()
        assert journey.user() == ('alice' if sign_in else None)
        return [(page, answer(journey, page)) for page in PAGES]
    finally:
        for opened in env_cache.values():
            opened.shutdown()
        env_cache.clear()


def differences(one, other):
    """The lines in which two answers differ, so that a failure shows them."""
    (status, headers, body), (other_status, other_headers, other_body) = one, other
    lines, other_lines = ([status] + headers + body.split(b'\n'),
                          [other_status] + other_headers + other_body.split(b'\n'))
    return [pair for pair in zip(lines, other_lines) if pair[0] != pair[1]] + \
        ([] if len(lines) == len(other_lines) else [(len(lines), len(other_lines))])


def answer(journey, page):
    response = journey.web.get(page, status='*')
    headers = sorted((name, value) for name, value in response.headerlist
                     if name not in ('Set-Cookie', 'Content-Length', 'ETag'))
    token = journey.cookies.get('trac_form_token', 'no token')
    # Made at random for each browser; and ages grow while the test runs.
    body = response.body.replace(token.encode('ascii'), b'FORM-TOKEN')
    return response.status, headers, re.sub(br'\d+ (seconds?|minutes?) ago|\d\d:\d\d:\d\d',
                                            b'AGE', body)


@pytest.mark.parametrize('sign_in', [False, True], ids=['anonymous', 'signed in'])
def test_pages_are_the_same_byte_for_byte(sign_in, environment, settings, clock, monkeypatch):
    monkeypatch.setattr(middleware, 'warm_up', lambda *args: warm_up(*args[:3], budget=60))
    shutil.copytree(environment, environment + '-as-before')
    plain = pages(settings, clock, 'off', sign_in)
    # Trac remembers what was asked for: each of the two begins with the same environment.
    shutil.rmtree(environment)
    os.rename(environment + '-as-before', environment)
    assert sum(status.startswith('200') for _, (status, _, _) in plain) >= (21 if sign_in else 16)
    tuned = pages(settings, clock, 'on', sign_in)
    for (page, expected), (_, got) in zip(plain, tuned):
        assert differences(expected, got) == [], page


def test_a_failing_request_is_counted_too():
    def application(environ, start_response):
        raise KeyError('x')

    tuned = TunedTrac(application, application)
    counted = []
    tuned._collector.request_done = lambda: counted.append(1)
    with pytest.raises(KeyError):
        tuned({}, None)
    assert counted == [1]


def test_off_leaves_trac_and_the_collector_alone(settings, clock, monkeypatch):
    def now():
        return (gc.get_threshold(), gc.isenabled(), trac.web.main.gc, Request.CHUNK_SIZE,
                sys.getcheckinterval() if PY2 else sys.getswitchinterval(),
                [shortcut.function for shortcut in SHORTCUTS])

    state = now()
    frozen = []
    # Python 3.12 counts its immortal objects as frozen: the count says nothing.
    monkeypatch.setattr(gc, 'freeze', lambda: frozen.append(True), raising=False)
    env_cache.clear()
    journey = Journey(dict(settings, TRAC_UNIT_TUNING='off'), clock)
    assert env_cache == {}
    for _ in range(12):
        assert journey.user() is None
    assert now() == state
    assert frozen == []


def test_the_log_says_what_was_done(environment, log, caplog):
    caplog.set_level(logging.DEBUG, logger='trac_unit.tuning')
    gc.set_threshold(700)
    TunedTrac(dispatch_request, dispatch_request, [(environment, '')],
              {'trac.locale': 'C'}, budget=60)
    assert 'Warm-up: 1 of 1 environments' in log()
    assert 'Collector: ' in log()
    assert 'Shortcuts: %d of %d taken' % (len(SHORTCUTS), len(SHORTCUTS)) in log()
    assert not PY2 or sys.getcheckinterval() == INTERVAL
    assert json.dumps(log())
