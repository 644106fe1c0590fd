"""Garbage, collected seldom: each collection walks through the ten thousand tests themselves.

Trac has it collected after each request, which was a third of the time of all tests.
"""

import gc

import trac.web.main


class Collector(object):
    """In the place of the module gc in Trac: it does what that does, but for collecting."""

    def __getattr__(self, name):
        return getattr(gc, name)

    def collect(self, *generation):
        return 0


def collect_seldom():
    """Leave what has been loaded alone, and let the rest pile up for a while."""
    trac.web.main.gc = Collector()
    gc.collect()
    if hasattr(gc, 'freeze'):
        gc.freeze()
    else:
        gc.set_threshold(20000, 20, 50)
