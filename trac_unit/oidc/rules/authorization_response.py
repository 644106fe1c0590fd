"""The parameters of an authorization response."""

import re

from ...errors import TransactionError
from . import parameters

_STATE = re.compile(r'^[A-Za-z0-9_-]{43}\Z')


def parse_authorization_response(encoded, limit=parameters.MAX_QUERY):
    """Return the parameters of an authorization response, a dict of native ``str``.

    RFC 6749 section 4.1.2, OAuth 2.0 Form Post Response Mode section 2.

    :param encoded: the query string, or the body of the form
    :param limit: its bytes, at most
    :raises BadRequest: it is none
    :raises TransactionError: there is no state that could be ours
    """
    response = parameters.parse(encoded, limit)
    if 'state' not in response:
        raise TransactionError('state_missing', 'expected the parameter state, got none')
    if not _STATE.match(response['state']):
        raise TransactionError('state_unknown', 'expected a state of ours, got another text')
    return response
