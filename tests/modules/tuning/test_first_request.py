"""The first_request: all layers have been asked once, and what goes wrong harms nothing."""

import gc
import logging
import subprocess
import sys
import threading

import pytest
from trac.web.main import dispatch_request

from support.journey import Journey
from support.serving import child_environ
from support.tuned import answering
from support.tuned import untuned  # noqa: F401 (fixture)
from trac_unit.errors import StoreError
from trac_unit.oidc.session.stores.sqlite import SQLiteStore
from trac_unit.oidc.session.stores.sqlite_file import SQLiteFile
from trac_unit.tuning import warmup
from trac_unit.tuning.first_request import make_first_request
from trac_unit.tuning.middleware import TunedTrac

#: What a worker does at its start, and how many objects the collector will walk through.
STARTED = '''
import gc
import trac_unit.trac_wsgi
print(len(gc.get_objects()))
'''


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, logger='trac_unit')
    return lambda: '\n'.join(record.getMessage() for record in caplog.records)


@pytest.fixture(autouse=True)
def possible(monkeypatch):
    """What a first_request does is the same on Python 2, where there is none."""
    monkeypatch.setattr('trac_unit.tuning.middleware.POSSIBLE', True)


@pytest.fixture
def warmed_up(monkeypatch):
    """Environments that opened in time, also on a machine that is busy."""
    monkeypatch.setattr('trac_unit.tuning.middleware.warm_up', lambda *arguments: True)


@pytest.mark.usefixtures('warmed_up')
def test_the_session_store_is_open_before_the_first_request(settings, clock, monkeypatch):
    opened, connect = [], SQLiteFile._connect
    monkeypatch.setattr(SQLiteFile, '_connect',
                        lambda self: opened.append(self.path) or connect(self))
    journey = Journey(dict(settings, TRAC_UNIT_TUNING='on'), clock)
    at_the_start = list(opened)
    assert len(at_the_start) == 1
    journey.sign_in()
    assert journey.user() == 'alice'
    assert opened == at_the_start


@pytest.mark.usefixtures('warmed_up')
def test_a_store_that_does_not_work_is_told_at_the_start_and_harmless(settings, clock, log,
                                                                      monkeypatch):
    def get(store, secret, now):
        raise StoreError('store', 'expected a store that works')

    with monkeypatch.context() as patch:
        patch.setattr(SQLiteStore, 'get', get)
        journey = Journey(dict(settings, TRAC_UNIT_TUNING='on'), clock)
    assert 'First request: expected 200 OK of /oidc/health, got 503' in log()
    assert 'reason=store ' in log()
    journey.sign_in()
    assert journey.user() == 'alice'


def test_an_environment_that_does_not_open_is_not_asked_again(settings, clock, log, tmpdir):
    Journey(dict(settings, TRAC_UNIT_TUNING='on', TRAC_ENV=str(tmpdir.join('none'))), clock)
    assert 'Warm-up of %s: ' % tmpdir.join('none') in log()
    assert 'Rehearsal' not in log() and 'reason=' not in log()


@pytest.mark.usefixtures('warmed_up')
@pytest.mark.parametrize('sign_in, path', [(True, '/oidc/health'), (False, None)])
def test_it_asks_the_sign_in_where_there_is_one(sign_in, path, settings, clock, monkeypatch):
    asked = []
    monkeypatch.setattr('trac_unit.tuning.middleware.make_first_request',
                        lambda application, path: asked.append(path))
    if not sign_in:
        settings = {'TRAC_ENV': settings['TRAC_ENV']}
    journey = Journey(dict(settings, TRAC_UNIT_TUNING='on'), clock)
    assert asked == [path][:sign_in]
    assert journey.user() is None


def test_what_hangs_in_the_warm_up_is_not_waited_for(environment, log, monkeypatch):
    """It holds a lock of Trac's, and the first_request is in the thread that Unit waits for."""
    hanging, go_on, asked = threading.Event(), threading.Event(), []

    def open_environment(path, use_cache):
        hanging.set()
        go_on.wait(60)

    monkeypatch.setattr(warmup, 'open_environment', open_environment)
    try:
        for _ in range(2):  # the second finds the first at it
            TunedTrac(lambda environ, start_response: asked.append(environ), dispatch_request,
                      [(environment, '')], first_request='/oidc/health', budget=.5)
            assert hanging.is_set()
    finally:
        go_on.set()
        for thread in threading.enumerate():
            if thread.name == 'trac-unit warm-up':
                thread.join(60)
    assert asked == []
    assert log().count('; the rest is left out') == 2


@pytest.mark.parametrize('error, said', [
    (KeyError('x'), "KeyError: 'x'"), (SystemExit('no licence'), 'SystemExit: no licence')])
def test_an_application_that_raises_is_logged(error, said, log):
    def application(environ, start_response):
        raise error

    make_first_request(application, '/oidc/health')
    assert log() == 'First request: expected 200 OK of /oidc/health, got ' + said


@pytest.mark.usefixtures('warmed_up')
def test_there_is_none_where_nobody_is_told_of_a_fork(settings, clock, monkeypatch):
    asked = []
    monkeypatch.setattr('trac_unit.tuning.middleware.make_first_request',
                        lambda application, path: asked.append(path))
    for possible in (False, True):
        monkeypatch.setattr('trac_unit.tuning.middleware.POSSIBLE', possible)
        Journey(dict(settings, TRAC_UNIT_TUNING='on'), clock)
    assert asked == ['/oidc/health']


def test_an_answer_is_no_matter_for_the_log(log):
    make_first_request(answering('200 OK'), '/oidc/health')
    assert log() == ''


def test_no_answer_is_logged(log):
    make_first_request(lambda environ, start_response: [], '/oidc/health')
    assert log() == 'First request: expected 200 OK of /oidc/health, got '


@pytest.mark.skipif(not hasattr(gc, 'freeze'), reason='Python 2.7 cannot freeze')
def test_what_all_layers_loaded_is_out_of_the_collectors_way(settings, tmpdir):
    # An environment would be still loading on a machine that is busy.
    settings = dict(settings, TRAC_UNIT_TUNING='on', TRAC_ENV=str(tmpdir.join('none')))
    left = subprocess.check_output([sys.executable, '-c', STARTED], env=child_environ(settings))
    # The sign-in alone loads more than ten thousand.
    assert int(left.splitlines()[-1]) < 1000
