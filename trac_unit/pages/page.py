"""The few pages that a person sees, in Trac's look.

They are escaped by the template engine, run no script, load nothing, and tell
neither path nor protocol detail.
"""

import base64
import hashlib
import io
import os

import jinja2
from webob import Response

from .._compat import native, to_bytes

_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'templates')


def _read(name):
    with io.open(os.path.join(_TEMPLATES, name), encoding='utf-8') as file:
        return file.read()


_STYLE = _read('page.css')
_STYLE_HASH = base64.b64encode(hashlib.sha256(to_bytes(_STYLE)).digest()).decode('ascii')
_page = jinja2.Environment(autoescape=True).from_string(_read('page.html'))

_POLICY = ("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'" % native(_STYLE_HASH))

_HEADERS = (
    ('Content-Security-Policy', _POLICY),
    ('X-Content-Type-Options', 'nosniff'),
    # An address of ours can hold an authorization code.
    ('Referrer-Policy', 'no-referrer'),
    ('Cache-Control', 'no-store'),
)


class Link(object):
    """A way on.

    :param href: an address of this site
    :param label: what happens on a click
    """

    def __init__(self, href, label):
        self.href = href
        self.label = label


def page(status, title, sentences, links=(), reference=None):
    """Return a page as a :class:`webob.Response`.

    :param status: ``'200 OK'``
    :param title: plain text
    :param sentences: plain text, a paragraph each
    :param links: :class:`Link` objects, the most likely way on first
    :param reference: the id that the log repeats
    """
    body = _page.render(title=title, sentences=sentences, links=links, reference=reference,
                        style=_STYLE, failed=not status.startswith('2'))
    response = Response(body=to_bytes(body), status=status, content_type='text/html',
                        charset='utf-8')
    response.headers.update(_HEADERS)
    return response
