"""The parameters that a request brings, in its address or in a form."""

from ..._compat import native, query_pairs
from ...errors import BadRequest, shown

#: Bytes of a query, and of a form, at most.
MAX_QUERY, MAX_FORM = 8192, 65536


def parse(encoded, limit=MAX_QUERY):
    """Return parameters as a dict of native ``str``; none may come twice (RFC 6749 section 3.1).

    :param encoded: a query string, or the body of a form
    :param limit: its bytes, at most
    :raises BadRequest: it is neither
    """
    if len(encoded) > limit:
        raise BadRequest('query_size', 'expected a query of at most %d bytes, got %d'
                         % (limit, len(encoded)))
    try:
        pairs = query_pairs(encoded)
    except ValueError:  # more fields than Python reads
        raise BadRequest('query_form', 'expected a query of few parameters')
    found = {}
    for name, value in pairs:
        if name in found:
            raise BadRequest('duplicate', 'expected each parameter once, got %s twice'
                             % shown(name))
        found[native(name)] = value
    return found
