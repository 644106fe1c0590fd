"""The configuration of Unit for one Trac, as a function of a few choices.

Pure: nothing here looks at the machine.  The words are those of Unit's own
documentation of its configuration.
"""

import collections

from ..host.layout import CHROME

MODULE = 'trac_unit.trac_wsgi'

#: What identifies a person towards an application never comes from a browser.
USER_HEADERS = ('Remote-User', 'Remote_User')

#: Seconds that a client may leave between two packets, or two requests.
HTTP_TIMEOUTS = (('header_read_timeout', 15), ('body_read_timeout', 30), ('send_timeout', 30),
                 ('idle_timeout', 75))

#: Seconds without a first byte from Trac, after which Unit answers 503 in its place.
ANSWER_TIMEOUT = 120

_FIELDS = ('name listen tls prefix proxies python home path processes threads static '
           'max_body_size environment')


class Options(collections.namedtuple('Options', _FIELDS)):
    """What there is to choose.

    :param name: of the application and of the route
    :param listen: the listener, such as ``127.0.0.1:8080``
    :param tls: the name of a certificate bundle in Unit, or None
    :param prefix: the path that Trac is at, such as ``/trac``; ``''``: the root
    :param proxies: addresses whose X-Forwarded-For and X-Forwarded-Proto are believed
    :param python: the minor version, such as ``3.11``
    :param home: the virtual environment, or None
    :param path: folders to import from besides
    :param processes: their number
    :param threads: their number in each process
    :param static: pairs of a pattern of addresses below the prefix, and the
        folder of the static files there
    :param max_body_size: of a request, in bytes
    :param environment: the variables of the application, pairs
    """


def build(options):
    """Return the whole configuration for :class:`Options`, ordered as a person reads it."""
    return _ordered(
        ('settings', _ordered(('http', _http(options)))),
        ('listeners', _ordered((options.listen, _listener(options)))),
        ('routes', _ordered((options.name, _route(options)))),
        ('applications', _ordered((options.name, _application(options)))))


def _ordered(*pairs):
    return collections.OrderedDict(pairs)


def _http(options):
    return _ordered(*HTTP_TIMEOUTS + (
        ('max_body_size', options.max_body_size),
        # Remote_User and Remote-User are one name to an application.
        ('discard_unsafe_fields', True)))


def _listener(options):
    listener = _ordered(('pass', 'routes/' + options.name))
    if options.tls:
        listener['tls'] = _ordered(('certificate', options.tls))
    if options.proxies:
        listener['forwarded'] = _ordered(
            ('client_ip', 'X-Forwarded-For'), ('protocol', 'X-Forwarded-Proto'),
            ('source', list(options.proxies)))
    return listener


def _route(options):
    application = _ordered(('pass', 'applications/' + options.name))
    steps = [_ordered(
        ('match', _ordered(('headers', [_ordered((name, '*')) for name in USER_HEADERS]))),
        ('action', _ordered(('return', 400))))]
    for pattern, folder in options.static:
        steps.append(_ordered(
            ('match', _ordered(('uri', options.prefix + pattern))),
            # Of plugins that come later, only Trac itself knows the files.
            ('action', _ordered(('share', folder + '$uri'), ('fallback', application)))))
    if options.prefix:
        # Unit sends the application all other addresses too, as if there were no prefix.
        uris = [options.prefix, options.prefix + '/*']
        steps.append(_ordered(('match', _ordered(('uri', uris))), ('action', application)))
        steps.append(_ordered(('action', _ordered(('return', 404)))))
    else:
        steps.append(_ordered(('action', application)))
    return steps


def static_pattern(base_path=''):
    """Return the pattern of the static files' addresses.

    :param base_path: the path of an environment below that of all, such as ``/one``
    """
    return '%s/%s/*' % (base_path, CHROME)


def _application(options):
    application = _ordered(('type', 'python ' + options.python), ('module', MODULE))
    if options.home:
        application['home'] = options.home
    if options.path:
        application['path'] = list(options.path)
    if options.prefix:
        application['prefix'] = options.prefix
    application['processes'] = options.processes
    application['threads'] = options.threads
    application['limits'] = _ordered(('timeout', ANSWER_TIMEOUT))
    application['environment'] = _ordered(*options.environment)
    return application
