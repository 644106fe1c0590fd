"""The layer above all that serves Trac: it brings in every way to make it faster."""

from .collector import cheap_collector, collector_off
from .first_request import POSSIBLE, make_first_request
from .shortcuts.table import take_shortcuts
from .threads import take_longer_turns
from .warmup import BUDGET, warm_up


class TunedTrac(object):
    """Middleware above all that serves Trac: has it take shortcuts and its threads longer
    turns, warms it up, and keeps the collector cheap.

    It comes last, when all the rest is loaded: what is loaded later, the collector walks
    through.

    :param application: Trac with its other layers
    :param trac: what it is without them, ``dispatch_request``
    :param environments: the paths of the environments to warm up, with the path
        that each is served at: pairs
    :param keys: the ``trac.*`` keys of the WSGI environ, a dict
    :param first_request: what to ask `application` for, once, if that is possible and every
        environment opened in time; a path, or None
    :param budget: seconds that the warm-up may take
    """

    def __init__(self, application, trac, environments=(), keys=None, first_request=None,
                 budget=BUDGET):
        self.application = application
        take_shortcuts()
        take_longer_turns()
        with collector_off():
            if warm_up(trac, environments, keys or {}, budget) and first_request and POSSIBLE:
                make_first_request(application, first_request)
        self._collector = cheap_collector()

    def __call__(self, environ, start_response):
        try:
            return self.application(environ, start_response)
        finally:
            self._collector.request_done()
