"""A form that comes from elsewhere: no page of ours, and no field that has to be ours."""

import re

from .._compat import native, query_pairs
from ..errors import BadRequest, shown

_TYPE = 'application/x-www-form-urlencoded'
_LENGTH = re.compile(r'^[0-9]{1,9}\Z')


def read_form(environ, max_bytes):
    """Return the fields of a request's body, pairs of native ``str``.

    :param environ: the WSGI environ
    :param max_bytes: of the body; a larger one is not read
    :raises BadRequest: it is no form, or a larger one
    """
    kind = environ.get('CONTENT_TYPE', '').split(';')[0].strip().lower()
    if kind != _TYPE:
        raise BadRequest('form_type', 'expected %s, got %s' % (_TYPE, shown(kind[:80])))
    length = environ.get('CONTENT_LENGTH') or '0'
    if not _LENGTH.match(length) or int(length) > max_bytes:
        raise BadRequest('form_size', 'expected a form of at most %d bytes, got %s'
                         % (max_bytes, shown(length[:20])))
    try:
        body = environ['wsgi.input'].read(int(length))
        return query_pairs(native(body.decode('ascii')))
    except (EnvironmentError, ValueError) as e:  # the sender hung up, or sent other bytes
        raise BadRequest('form', 'expected a form, got %s' % type(e).__name__)
