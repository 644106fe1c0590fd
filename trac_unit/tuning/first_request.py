"""Asks all layers for something small, before the first person does.

What a thread opens for itself, such as the session store, is then open in the
one that imports our module: in Unit it serves requests, too.
"""

import logging
import os

from .._compat import exception_text
from .synthetic_request import synthetic_request

log = logging.getLogger(__name__)


#: Whether there is one.  A server may fork after the import, and SQLite must not be open then:
#: Python 2 tells nobody of a fork.
POSSIBLE = hasattr(os, 'register_at_fork')


def make_first_request(application, path):
    """Ask a WSGI application, all layers of it, for `path`.

    Never raises; what goes wrong is logged, and will be again when a person asks.
    """
    try:
        status = synthetic_request(application, path)
    except (Exception, SystemExit) as e:
        status = '%s: %s' % (type(e).__name__, exception_text(e))
    if not status.startswith('200'):
        log.warning('First request: expected 200 OK of %s, got %s', path, status)
