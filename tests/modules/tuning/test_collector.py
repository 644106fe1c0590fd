# -*- coding: utf-8 -*-
"""The collector's policy: what lives as long as the process is not walked through again."""

import gc
import sys
import threading
import weakref

import pytest
import trac.web.main
from trac.env import env_cache
from trac.web.main import dispatch_request

from support.tuned import ask, touch, untuned, with_content  # noqa: F401 (fixtures)
from trac_unit._compat import PY2
from trac_unit.tuning.collector import (FREEZE_EVERY, FrozenCollector, RareCollector,
                                        collect_young_less_often)
from trac_unit.tuning.middleware import TunedTrac


@pytest.fixture
def environment(with_content):  # noqa: F811
    return with_content


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
    tuned = TunedTrac(dispatch_request, dispatch_request, [(environment, '')],
                      {'trac.locale': 'C'}, budget=60)
    assert gc.get_freeze_count() > 10000
    assert ask(tuned, environment)[0].startswith('200')


def test_the_real_collector_runs_rarely(environment):
    tuned = TunedTrac(dispatch_request, dispatch_request, [(environment, '')],
                      {'trac.locale': 'C'}, budget=60)
    assert isinstance(trac.web.main.gc, RareCollector)
    assert ask(tuned, environment)[0].startswith('200')


def test_an_environment_that_trac_opened_again_is_freed(environment):
    tuned = TunedTrac(dispatch_request, dispatch_request, [(environment, '')],
                      {'trac.locale': 'C'}, budget=60)
    old = weakref.ref(env_cache[environment])
    ask(tuned, environment)
    touch(environment)
    assert ask(tuned, environment)[0].startswith('200')
    assert env_cache[environment] is not old()
    if PY2:
        gc.collect()  # its turn comes with time
    assert old() is None


def test_a_collector_that_was_off_stays_off(environment):
    gc.disable()
    TunedTrac(dispatch_request, dispatch_request, [(environment, '')],
              {'trac.locale': 'C'}, budget=60)
    assert not gc.isenabled()
