# -*- coding: utf-8 -*-
"""Tuning: a fast first request and cheap collections, and the same answers as without."""

import gc
import io
import json
import logging
import os
import re
import shutil
import sqlite3
import sys
import threading
import time
import weakref

import pytest
import trac.web.main
from trac.admin.console import TracAdmin
from trac.config import Configuration
from trac.env import Environment, env_cache, open_environment
from trac.web.api import Request
from trac.web.main import dispatch_request
from trac.web.session import DetachedSession

from journey import Journey
from trac_unit import tuning
from trac_unit._compat import PY2
from trac_unit.tuning import TunedTrac
from trac_unit.tuning.collector import (FREEZE_EVERY, FrozenCollector, RareCollector,
                                        collect_young_less_often)
from trac_unit.tuning.shortcuts import SHORTCUTS, leave_shortcuts
from trac_unit.tuning.warmup import warm_up

PAGES = ('/wiki', '/wiki/TracGuide', '/wiki/Links', '/wiki?action=edit', '/ticket/1', '/report',
         '/report/1', '/query', '/query?status=!closed', '/timeline?from=01/01/20', '/roadmap',
         '/milestone/milestone1', '/search', '/search?q=trac', '/newticket', '/prefs', '/about',
         '/admin', '/timeline?format=rss&from=01/01/20', '/report/1?format=rss',
         '/query?format=csv', '/no/such/page')

#: A plugin that writes to the database whenever a page is asked for.
WRITER = u'''
from trac.core import Component, implements
from trac.web.api import IRequestFilter

class Writer(Component):
    implements(IRequestFilter)

    def pre_process_request(self, req, handler):
        self.env.db_transaction("INSERT INTO system (name, value) VALUES ('%s', 'x')"
                                % id(req))
        return handler

    def post_process_request(self, req, template, data, metadata):
        return template, data, metadata
'''


@pytest.fixture(autouse=True)
def untuned():
    """The test process as it was, after each test."""
    thresholds, enabled = gc.get_threshold(), gc.isenabled()
    yield
    leave_shortcuts()
    gc.set_threshold(*thresholds)
    (gc.enable if enabled else gc.disable)()
    trac.web.main.gc = gc
    if hasattr(gc, 'unfreeze'):
        gc.unfreeze()


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG, logger='trac_unit')
    return lambda: '\n'.join(record.getMessage() for record in caplog.records)


@pytest.fixture
def environment(environment):
    """An environment with a ticket, an administrator, and links that depend on its address."""
    admin = TracAdmin(environment)
    with_content = Environment(environment)
    admin.env_set(environment, with_content)
    admin.onecmd('permission add alice TRAC_ADMIN')
    from trac.ticket.model import Ticket
    from trac.wiki.model import WikiPage
    ticket = Ticket(with_content)
    ticket['summary'], ticket['status'], ticket['reporter'] = u'žluťoučký', u'new', u'alice'
    ticket.insert()
    # A ticket as young as the query itself is "added" to it, by the microsecond.
    hour = 3600 * 1000000
    with_content.db_transaction('UPDATE ticket SET time = time - %s, changetime = changetime - %s',
                                (hour, hour))
    page = WikiPage(with_content, u'Links')
    page.text = u'http://trac.example.org/wiki http://localhost/wiki http://elsewhere.example/'
    page.save(u'alice', u'')
    with_content.shutdown()
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


def touch(environment):
    """Have Trac open `environment` anew at the next request."""
    ini = os.path.join(environment, 'conf', 'trac.ini')
    future = os.path.getmtime(ini) + 10
    os.utime(ini, (future, future))


# What Trac answers


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
    monkeypatch.setattr(tuning, 'warm_up', lambda *args: warm_up(*args[:3], budget=60))
    shutil.copytree(environment, environment + '-as-before')
    plain = pages(settings, clock, 'off', sign_in)
    # Trac remembers what was asked for: each of the two begins with the same environment.
    shutil.rmtree(environment)
    os.rename(environment + '-as-before', environment)
    assert sum(status.startswith('200') for _, (status, _, _) in plain) >= (21 if sign_in else 16)
    tuned = pages(settings, clock, 'on', sign_in)
    for (page, expected), (_, got) in zip(plain, tuned):
        assert differences(expected, got) == [], page


def test_trac_takes_its_address_from_the_first_visitor_not_from_the_warm_up(environment):
    warmed(environment)
    opened = open_environment(environment, use_cache=True)
    assert opened.abs_href.base == u''
    del opened.abs_href
    ask(dispatch_request, environment)
    assert opened.abs_href() == u'http://trac.example.org'
    assert opened.href.wiki() == u'/wiki'


def test_a_configured_address_is_kept(environment):
    Configuration(os.path.join(environment, 'conf', 'trac.ini'))
    config = Environment(environment).config
    config.set('trac', 'base_url', u'https://configured.example.org/x')
    config.save()
    warmed(environment)
    assert open_environment(environment, use_cache=True).abs_href() == \
        u'https://configured.example.org/x'


def test_environments_of_a_parent_directory_are_asked_at_their_own_addresses(environment):
    asked = []

    def application(environ, start_response):
        asked.append((environ['SCRIPT_NAME'], environ['trac.base_url'], environ['trac.env_path']))
        start_response('200 OK', [])
        return []

    warmed(environment, application, place='/my project', **{'trac.base_url': 'https://x.org'})
    assert set(asked) == {('/my project', 'https://x.org/my%20project', environment)}


# Warm-up


def test_common_pages_are_rendered_for_an_administrator(environment, log):
    asked = []

    def application(environ, start_response):
        asked.append((environ['PATH_INFO'], environ.get('REMOTE_USER')))
        return dispatch_request(environ, start_response)

    warmed(environment, application)
    assert [user for _, user in asked] == ['alice'] * len(asked)
    assert {page for page, _ in asked} == {
        '/wiki', '/timeline', '/roadmap', '/report', '/query', '/newticket', '/search',
        '/ticket/1', '/report/1'}
    assert 'Warm-up: 1 of 1 environments, 9 pages' in log()


def test_without_an_administrator_it_renders_what_everybody_may_see(environment):
    admin = TracAdmin(environment)
    admin.onecmd('permission remove alice TRAC_ADMIN')
    users = set()

    def application(environ, start_response):
        users.add(environ.get('REMOTE_USER'))
        start_response('200 OK', [])
        return []

    warmed(environment, application)
    assert users == {None}


def test_the_warm_up_calls_no_provider(settings, provider, clock):
    env_cache.clear()
    Journey(dict(settings, TRAC_UNIT_TUNING='on'), clock)
    assert settings['TRAC_ENV'] in env_cache
    assert provider.requests == []


def test_the_warm_up_writes_nothing_to_the_database_of_trac(environment):
    before = dump(environment)
    warmed(environment)
    assert dump(environment) == before


def test_the_session_of_a_warm_up_is_not_saved_and_others_are(environment):
    """Trac keeps a visitor's last query in the session, for one."""
    saved = []
    mine = DetachedSession(Environment(environment), None)
    mine.get_session(u'bob', True)

    def application(environ, start_response):
        start_response('200 OK', [])
        if not saved:
            session = DetachedSession(open_environment(environment, use_cache=True), u'alice')
            session['planted'] = u'x'
            session.save()
            mine['kept'] = u'y'
            other = threading.Thread(target=mine.save)
            other.start()
            other.join()
            saved.append(True)
        return []

    warmed(environment, application)
    text = '\n'.join(dump(environment))
    assert saved and 'planted' not in text and 'kept' in text
    assert DetachedSession.save.__name__ == 'save'


def test_a_plugin_cannot_write_during_the_warm_up_and_can_afterwards(environment, log):
    with io.open(os.path.join(environment, 'plugins', 'writer.py'), 'w') as plugin:
        plugin.write(WRITER)
    before = dump(environment)
    warmed(environment)
    assert dump(environment) == before
    assert '/wiki answered 500' in log()
    status, _ = ask(dispatch_request, environment)
    assert status.startswith('200')
    assert dump(environment) != before


def test_a_broken_environment_is_logged_and_harmless(tmpdir, environment, log):
    tmpdir.mkdir('broken').join('VERSION').write('Trac Environment Version 1\n')
    warm_up(dispatch_request, [(str(tmpdir.join('broken')), ''), (environment, '')],
            {'trac.locale': 'C'}, 60)
    assert 'Warm-up of %s: ' % tmpdir.join('broken') in log()
    assert 'Warm-up: 1 of 2 environments, 9 pages' in log()


def test_an_application_that_raises_is_logged_and_harmless(environment, log):
    def application(environ, start_response):
        raise RuntimeError('no such luck')

    warmed(environment, application)
    assert 'Warm-up of %s: RuntimeError: no such luck' % environment in log()
    assert 'Warm-up: 0 of 1 environments, 0 pages' in log()


def test_a_page_that_hangs_delays_the_start_by_no_more_than_the_budget(environment, log):
    hanging, go_on, asked = threading.Event(), threading.Event(), []

    def application(environ, start_response):
        asked.append(environ['PATH_INFO'])
        hanging.set()
        assert go_on.wait(60)
        start_response('200 OK', [])
        return []

    open_environment(environment, use_cache=True)
    started = time.time()
    # Long enough to get to the page, also on a machine that is busy.
    tuned = TunedTrac(application, [(environment, '')], budget=2)
    assert time.time() - started < 30
    assert hanging.is_set() and '; the rest is left out' in log()
    again = TunedTrac(application, [(environment, '')], budget=60)
    assert 'Warm-up: 0 of 1 environments, 0 pages, 0.' in log(), 'another waited for it'
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == 'trac-unit warm-up':
            thread.join(60)
            assert not thread.is_alive()
    assert asked == ['/wiki'], 'a page was asked for after the time was up'
    assert DetachedSession.save.__name__ == 'save'
    assert tuned and again


def test_no_time_means_no_warm_up(environment, log):
    env_cache.clear()
    warmed(environment, budget=0)
    assert 'Warm-up: 0 of 1 environments, 0 pages' in log()


def test_nothing_to_warm_up_is_nothing_to_log(log):
    warm_up(dispatch_request, [], {})
    assert log() == ''


def test_modules_can_be_imported_by_a_warm_up_that_an_import_started(environment, tmpdir,
                                                                     monkeypatch):
    """On Python 2 there is one import lock, which Unit's main thread holds meanwhile."""
    tmpdir.join('starts_a_warm_up.py').write(
        'from trac_unit.tuning import warm_up\n'
        'imported = []\n'
        'def application(environ, start_response):\n'
        '    import imported_meanwhile\n'
        '    imported.append(imported_meanwhile)\n'
        '    start_response("200 OK", [])\n'
        '    return []\n'
        'warm_up(application, [(%r, "")], {}, 60)\n'
        'assert imported\n' % environment)
    tmpdir.join('imported_meanwhile.py').write('')
    monkeypatch.syspath_prepend(str(tmpdir))
    import starts_a_warm_up
    assert starts_a_warm_up.imported
    if PY2:
        import imp
        assert not imp.lock_held()


# The collector


class FakeCollector(object):
    """The module gc, as a record of what was asked of it."""

    def __init__(self, clock=None, seconds=0):
        self.calls = []
        self._clock, self._seconds = clock, seconds

    def __getattr__(self, name):
        def call(*args):
            self.calls.append(name)
            if name == 'collect' and self._clock:
                self._clock.now += self._seconds
            return 7
        return call

    def taken(self):
        """What was asked since the last time."""
        calls, self.calls = [name for name in self.calls if name != 'get_freeze_count'], []
        return calls


class FakeClock(object):

    now = 1000.

    def __call__(self):
        return self.now


RENEWED = ['unfreeze', 'collect', 'freeze']


def test_what_a_worker_loaded_is_frozen_at_its_start_and_after_some_requests():
    fake = FakeCollector()
    collector = FrozenCollector(fake, {})
    assert fake.taken() == RENEWED
    frozen = []
    for number in range(1, 3 * FREEZE_EVERY + 1):
        collector.request_done()
        if fake.taken() == RENEWED:
            frozen.append(number)
    assert frozen == [10, 100, FREEZE_EVERY, 2 * FREEZE_EVERY, 3 * FREEZE_EVERY]


def test_an_environment_that_was_opened_again_thaws_the_old_one():
    fake, opened = FakeCollector(), {'/a': object(), '/b': object()}
    collector = FrozenCollector(fake, opened)
    for _ in range(50):
        collector.request_done()
    fake.taken()
    old = opened['/a']
    opened['/a'] = object()
    alive = sys.getrefcount(old)
    collector.request_done()
    assert fake.taken() == RENEWED
    assert sys.getrefcount(old) == alive - 1, 'it is kept alive'
    for _ in range(9):
        collector.request_done()
    assert fake.taken() == []
    collector.request_done()
    assert fake.taken() == RENEWED, 'what the first requests of the new one loaded'


@pytest.mark.parametrize('change', [
    lambda opened: opened.update({'/b': object()}), lambda opened: opened.clear()],
    ids=['opened', 'closed'])
def test_another_environment_is_frozen_too(change):
    fake, opened = FakeCollector(), {'/a': object()}
    collector = FrozenCollector(fake, opened)
    fake.taken()
    change(opened)
    collector.request_done()
    assert fake.taken() == RENEWED
    collector.request_done()
    assert fake.taken() == []


def test_threads_miss_no_freeze_and_make_none_twice():
    fake = FakeCollector()
    collector = FrozenCollector(fake, {})
    fake.taken()
    in_threads(lambda: [collector.request_done() for _ in range(FREEZE_EVERY // 8)])
    assert fake.taken() == RENEWED * 3


def in_threads(function, number=8):
    threads = [threading.Thread(target=function) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_collections_take_at_most_their_share_of_time():
    clock = FakeClock()
    fake = FakeCollector(clock, seconds=.02)
    collector = RareCollector(fake, share=.01, clock=clock)
    started, clock.now = clock.now, clock.now + .001
    for _ in range(100000):
        clock.now += .001
        collector.collect()
    share = len(fake.taken()) * .02 / (clock.now - started)
    assert .009 < share <= .0101


def test_a_collection_that_is_not_due_finds_nothing():
    clock = FakeClock()
    collector = RareCollector(FakeCollector(clock, seconds=.02), share=.01, clock=clock)
    assert collector.collect() == 0
    clock.now += 2.01
    assert collector.collect() == 7


def test_a_clock_that_was_set_back_puts_no_collection_off():
    clock = FakeClock()
    fake = FakeCollector(clock, seconds=.02)
    collector = RareCollector(fake, clock=clock)
    fake.taken()
    clock.now -= 500
    collector.collect()
    assert fake.taken() == ['collect']


def test_two_threads_do_not_collect_at_once():
    collecting, go_on, asked = threading.Event(), threading.Event(), []

    class Slow(FakeCollector):
        def collect(self):
            asked.append(1)
            if len(asked) > 1:
                collecting.set()
                assert go_on.wait(60)
            return 7

    # A collection takes no time by this clock, so the next one is always due.
    collector = RareCollector(Slow(), clock=FakeClock())
    thread = threading.Thread(target=collector.collect)
    thread.start()
    assert collecting.wait(60)
    assert collector.collect() == 0 and len(asked) == 2
    go_on.set()
    thread.join()


def test_the_rest_of_the_module_is_still_there():
    collector = RareCollector()
    assert collector.get_threshold() == gc.get_threshold()
    assert collector.isenabled is gc.isenabled


@pytest.mark.parametrize('before, after', [
    ((700, 10, 10), (5000, 10, 10)), ((2000, 5, 0), (5000, 5, 0)),
    ((5000, 10, 10), None), ((90000, 10, 10), None), ((0, 10, 10), None)])
def test_young_objects_are_looked_through_less_often_but_not_if_somebody_chose(before, after):
    class Fake(object):
        changed = None

        @staticmethod
        def get_threshold():
            return before

        def set_threshold(self, *thresholds):
            self.changed = thresholds

    fake = Fake()
    collect_young_less_often(fake)
    assert fake.changed == after


@pytest.mark.skipif(not hasattr(gc, 'freeze'), reason='Python 2.7 cannot freeze')
def test_the_real_collector_passes_over_what_was_loaded(environment):
    tuned = TunedTrac(dispatch_request, [(environment, '')], {'trac.locale': 'C'}, 60)
    assert gc.get_freeze_count() > 10000
    assert ask(tuned, environment)[0].startswith('200')


def test_the_real_collector_runs_rarely(environment):
    tuned = TunedTrac(dispatch_request, [(environment, '')], {'trac.locale': 'C'}, 60)
    assert isinstance(trac.web.main.gc, RareCollector)
    assert ask(tuned, environment)[0].startswith('200')


def test_an_environment_that_trac_opened_again_is_freed(environment):
    tuned = TunedTrac(dispatch_request, [(environment, '')], {'trac.locale': 'C'}, 60)
    old = weakref.ref(env_cache[environment])
    ask(tuned, environment)
    touch(environment)
    assert ask(tuned, environment)[0].startswith('200')
    assert env_cache[environment] is not old()
    if PY2:
        gc.collect()  # its turn comes with time
    assert old() is None


def test_a_failing_request_is_counted_too():
    def application(environ, start_response):
        raise KeyError('x')

    tuned = TunedTrac(application)
    counted = []
    tuned._collector.request_done = lambda: counted.append(1)
    with pytest.raises(KeyError):
        tuned({}, None)
    assert counted == [1]


def test_off_leaves_trac_and_the_collector_alone(settings, clock, monkeypatch):
    def now():
        return (gc.get_threshold(), gc.isenabled(), trac.web.main.gc, Request.CHUNK_SIZE,
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


def test_a_collector_that_was_off_stays_off(environment):
    gc.disable()
    TunedTrac(dispatch_request, [(environment, '')], {'trac.locale': 'C'}, 60)
    assert not gc.isenabled()


def test_the_log_says_what_was_done(environment, log, caplog):
    caplog.set_level(logging.DEBUG, logger='trac_unit.tuning')
    gc.set_threshold(700)
    TunedTrac(dispatch_request, [(environment, '')], {'trac.locale': 'C'}, 60)
    assert 'Warm-up: 1 of 1 environments' in log()
    assert 'Collector: ' in log()
    assert 'Shortcuts: %d of %d taken' % (len(SHORTCUTS), len(SHORTCUTS)) in log()
    assert json.dumps(log())
