# -*- coding: utf-8 -*-
"""The warm-up: what it asks Trac for, what it leaves alone, and what harms nothing."""

import io
import os
import threading
import time

import pytest
from trac.admin.console import TracAdmin
from trac.config import Configuration
from trac.env import Environment, env_cache, open_environment
from trac.web.main import dispatch_request
from trac.web.session import DetachedSession

from support.journey import Journey
from support.tuned import ask, dump, untuned, warmed, with_content  # noqa: F401 (fixtures)
from trac_unit._compat import PY2
from trac_unit.tuning.middleware import TunedTrac
from trac_unit.tuning.warmup import warm_up

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


@pytest.fixture
def environment(with_content):  # noqa: F811
    return with_content


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


@pytest.mark.parametrize('error', [RuntimeError, SystemExit])
def test_an_application_that_raises_is_logged_and_harmless(error, environment, log):
    def application(environ, start_response):
        raise error('no such luck')

    warmed(environment, application)
    assert 'Warm-up of %s: %s: no such luck' % (environment, error.__name__) in log()
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
    tuned = TunedTrac(application, application, [(environment, '')], budget=2)
    assert time.time() - started < 30
    assert hanging.is_set() and '; the rest is left out' in log()
    again = TunedTrac(application, application, [(environment, '')], budget=60)
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
        'from trac_unit.tuning.warmup import warm_up\n'
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
