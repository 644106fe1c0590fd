"""The page that tells a person of an error, with a reference that the log repeats."""

import logging

from ..errors import reference
from .page import page

log = logging.getLogger(__name__)


def error_page(error, links=()):
    """Log `error`, and return the page that tells of it.

    :param error: a :class:`~trac_unit.errors.TracUnitError`
    """
    ref = reference()
    log.warning('reference=%s reason=%s %s: %s', ref, error.reason, type(error).__name__, error)
    response = page(error.status, error.title, [error.sentence], links, ref)
    response.headers.update(error.headers)
    if response.status_int == 503:
        response.headers['Retry-After'] = '60'
    return response
