"""Picks a locale that exists, and gives it to Trac.

Trac calls ``setlocale(LC_ALL, trac.locale)`` on every request, outside any
``try``: one name that this machine does not have would fail every request.
"""

import locale
import logging

log = logging.getLogger(__name__)

DEFAULT = 'en_US.UTF-8'
FALLBACKS = ('C.UTF-8', 'C')


def choose(wanted, setlocale=locale.setlocale):
    """Return the first of `wanted`, C.UTF-8 and C that this machine has.

    The process is left with the locale that it had.

    :param wanted: a locale name such as ``en_US.UTF-8``
    :param setlocale: :func:`locale.setlocale`
    """
    before = setlocale(locale.LC_ALL)
    try:
        for name in (wanted,) + FALLBACKS:
            if _exists(name, setlocale):
                return name
    finally:
        setlocale(locale.LC_ALL, before)
    return 'C'  # the C standard has it everywhere


def _exists(name, setlocale):
    try:
        setlocale(locale.LC_ALL, name)
    except (locale.Error, ValueError):
        return False
    return True


def choose_locale(wanted=None):
    """Return the name of a locale that exists, and log which it is.

    :param wanted: the locale that a person asked for, who is warned when it
        does not exist; None: en_US.UTF-8 if it exists
    """
    chosen = choose(wanted or DEFAULT)
    if wanted not in (None, chosen):
        log.warning('TRAC_LOCALE: expected a locale of this machine (locale -a lists them), '
                    'found %r; using %s', wanted, chosen)
    else:
        log.info('Locale: %s', chosen)
    return chosen


class LocaleMiddleware(object):
    """Sets ``trac.locale``.

    :param application: the WSGI application below
    :param locale: the name of a locale that exists
    """

    def __init__(self, application, locale):
        self.application = application
        self.locale = locale

    def __call__(self, environ, start_response):
        environ['trac.locale'] = self.locale
        return self.application(environ, start_response)
