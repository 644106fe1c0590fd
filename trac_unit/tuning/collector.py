"""Keeps Python's garbage collector cheap.

Trac collects garbage after every request, which walks through all that it has
loaded: most of the time of a request.
"""

import contextlib
import gc
import logging
import threading
import time

import trac.web.main
from trac.env import env_cache

log = logging.getLogger(__name__)

#: After these many requests of a worker, what they loaded is frozen, too ...
FREEZE_AFTER = (10, 100)
#: ... and from then on after each so many: the garbage that was frozen with it is found.
FREEZE_EVERY = 1000

#: Objects that are made, less those that died, before the young ones are looked through.
#: A page makes thousands, which nearly all die with it.  Python's own number is 700 or 2000.
YOUNG = 5000

#: The share of time that the collections may take for which Trac asks.
COLLECTION_SHARE = 0.01


def cheap_collector():
    """Put what this Python allows in place; return what is to be told of each request."""
    collect_young_less_often()
    trac.web.main.gc = rare = RareCollector()
    return FrozenCollector() if hasattr(gc, 'freeze') else rare


class FrozenCollector(object):
    """Keeps what lives as long as the process out of collections: ``gc.freeze()``.

    Garbage can be frozen as well: of requests that another thread is at, and an
    environment that Trac opened anew since its trac.ini changed.  So everything
    is thawed and collected each time before it is frozen again.

    :param collector: the module :mod:`gc`
    :param opened: Trac's open environments by their paths, a dict
    """

    def __init__(self, collector=gc, opened=env_cache):
        self._gc = collector
        self._opened = opened
        self._lock = threading.Lock()
        self._requests = 0
        self._freeze()

    def request_done(self):
        """Count a request, and freeze again if it is time."""
        with self._lock:
            self._requests += 1
            if self._opened != self._known:
                # Its next requests load more.
                self._requests = 0
                self._freeze()
            elif self._requests in FREEZE_AFTER or self._requests % FREEZE_EVERY == 0:
                self._freeze()

    def _freeze(self):
        self._known = dict(self._opened)
        self._gc.unfreeze()
        self._gc.collect()
        self._gc.freeze()
        log.debug('Collector: %d objects frozen', self._gc.get_freeze_count())


class RareCollector(object):
    """Makes the full collections rare for which Trac asks.

    Python goes on collecting by itself, which keeps memory in bounds.  To be put
    in place of the module ``gc`` that Trac's dispatcher calls.

    :param collector: the module :mod:`gc`
    :param share: of the time that passes, that collections may take, at most
    :param clock: returns seconds since the epoch
    """

    def __init__(self, collector=gc, share=COLLECTION_SHARE, clock=time.time):
        self._gc = collector
        self._share = share
        self._clock = clock
        self._lock = threading.Lock()
        self._ended = self._pause = 0
        self.collect()

    def collect(self):
        """Collect garbage if enough time has passed; return the unreachable objects' number."""
        if not self._lock.acquire(False):
            return 0  # another thread is at it
        try:
            started = self._clock()
            # A clock that was set back must not put it off for hours.
            if 0 <= started - self._ended < self._pause:
                return 0
            unreachable = self._gc.collect()
            self._ended = self._clock()
            self._pause = max(0, self._ended - started) / self._share
            return unreachable
        finally:
            self._lock.release()

    def request_done(self):
        """Nothing to do: Trac calls :meth:`collect`."""

    def __getattr__(self, name):
        return getattr(self._gc, name)


def collect_young_less_often(collector=gc, young=YOUNG):
    """Raise the collector's first threshold, unless that is 0: then it is off."""
    thresholds = collector.get_threshold()
    if 0 < thresholds[0] < young:
        collector.set_threshold(young, *thresholds[1:])
        log.debug('Collector: threshold %d instead of %d', young, thresholds[0])


@contextlib.contextmanager
def collector_off():
    """Collect nothing by itself meanwhile: what is being loaded stays."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
