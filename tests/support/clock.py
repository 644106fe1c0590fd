"""A clock that moves when a test says so."""

import time


class Clock(object):
    """Callable like time.time(); add to ``offset`` to move it on."""

    def __init__(self):
        self.offset = 0

    def __call__(self):
        return time.time() + self.offset
