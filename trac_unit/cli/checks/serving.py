"""How the Trac is served: its static files, uploads, address and cookies."""

import glob
import os

from ..._compat import exception_text, native, shell_quote, urlsplit
from ...settings.parsers import is_loopback
from ..host import layout, trac_environment
from ..host.static_files import stale_files
from ..unit.existing_configuration import chrome_routes, max_body_size
from .environment import subject
from .result import command, error, note, ok, warning

TITLE = 'Serving'

#: Bytes of a form around the file that it uploads.
_FORM = 64 * 1024


def static_files(context):
    for name, path, environment in context.opened():
        what = subject(name, 'static files')
        static = _static_folder(context, path)
        if not os.path.isdir(layout.common_folder(static)):
            yield warning(what, 'not in %s, so Trac\'s workers have to answer for them' % static,
                          command('trac-unit', 'init', path))
            continue
        stale = stale_files(trac_environment.static_sources(environment), static)
        if stale:
            yield warning(what, '%d in %s are missing or of another version than the installed '
                          'ones, such as %s' % (len(stale), static, stale[0][1]),
                          command('trac-unit', 'init', path))
        elif not context.account.may(os.path.join(layout.common_folder(static), layout.PROBE),
                                     'r'):
            yield error(what, '%s cannot be read by %s' % (static, context.account.name),
                        command('chmod', '-R', 'a+rX', static))
        else:
            yield ok(what, '%s, as installed' % static)


def _static_folder(context, path):
    """The folder of an environment's static files: its own, or one that Unit shares."""
    own = layout.static_folder(path)
    routes = chrome_routes(context.unit or {}, context.name)
    shared = [route.share[:-len('$uri')] for route in routes if route.share.endswith('$uri')]
    for folder in [own] + shared:
        if os.path.isdir(layout.common_folder(folder)):
            return folder
    return own


def static_routes(context):
    if context.unit is None:
        return
    routes = chrome_routes(context.unit, context.name)
    if not routes:
        yield warning('static route', 'none for /chrome/ in Unit\'s configuration, so Trac\'s '
                      'workers have to answer for static files', 'trac-unit config')
    for route in routes:
        if not route.fallback:
            yield warning('static route', '%s has no "fallback", so that files which are not '
                          'deployed are not found' % route.address,
                          'add "fallback": {"pass": "applications/..."} beside "share"')
        if any(_is_there(file) for file in route.files):
            yield ok('static route', '%s is answered from %s' % (route.address, route.share))
        else:
            report = warning if route.fallback else error
            prefix = route.address.partition('/%s/' % layout.CHROME)[0].replace('*', 'NAME')
            yield report('static route', '%s is shared from %s, where no %s is'
                         % (route.address, route.share, route.files[0]),
                         'trac-unit init PATH%s, or correct "share"'
                         % (' --prefix ' + shell_quote(prefix) if prefix else ''))


def _is_there(file):
    return os.path.isfile(file) or '*' in file and bool(glob.glob(file))


def uploads(context):
    limit = max_body_size(context.unit)
    mend = 'set "settings": {"http": {"max_body_size": %d}} in Unit\'s configuration'
    for name, path, environment in context.opened():
        from trac.config import ConfigurationError  # which is there, as an environment opened

        what = subject(name, 'uploads')
        try:
            size = environment.config.getint('attachment', 'max_size', 262144)
        except ConfigurationError as e:
            yield error(what, exception_text(e),
                        context.set_option(path, 'attachment', 'max_size'))
            continue
        if context.unit is None and not 0 <= size <= limit - _FORM:
            wanted = 'sets no limit for attachments' if size < 0 else \
                'takes attachments of %d bytes' % size
            yield note(what, 'Trac %s; by itself Unit takes requests of %d bytes, which trac-unit '
                       'apply raises' % (wanted, limit))
        elif size < 0:
            yield warning(what, 'Trac sets no limit for attachments, and Unit refuses what is '
                          'over %d bytes with a bare page' % limit,
                          context.set_option(path, 'attachment', 'max_size', str(limit - _FORM)))
        elif size + _FORM > limit:
            yield warning(what, 'Trac takes attachments of %d bytes, and Unit refuses what is '
                          'over %d with a bare page' % (size, limit), mend % (size + _FORM))
        else:
            yield ok(what, 'Trac takes attachments of %d bytes, Unit requests of %d'
                     % (size, limit))


def base_url(context):
    if context.config is None:
        return
    url = context.config.trac_base_url
    if not url:
        yield warning('TRAC_BASE_URL', 'not set, so the Host header of each request is believed',
                      'set TRAC_BASE_URL to the address that browsers use')
    elif url.startswith('https:'):
        yield ok('TRAC_BASE_URL', url)
    elif is_loopback(url):
        yield ok('TRAC_BASE_URL', '%s, on this machine only' % url)
    else:
        yield warning('TRAC_BASE_URL', '%s has no https, so whoever can listen to the network '
                      'can take over sessions' % url,
                      'set up https, and TRAC_BASE_URL to https://...')


def trac_address(context):
    if context.config is None or not context.config.trac_base_url:
        return
    for name, path, environment in context.opened():
        url = context.config.trac_base_url + ('/' + name if name else '')
        inside = native(environment.config.get('trac', 'base_url')).rstrip('/')
        if inside and _parts(inside) != _parts(url):
            yield warning(subject(name, 'base_url'), 'trac.ini has %s, and browsers use %s'
                          % (inside, url), context.set_option(path, 'trac', 'base_url', url))


def _parts(url):
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port, parts.path
    except ValueError:
        return None


def cookies(context):
    if context.config is None:
        return
    url = context.config.trac_base_url
    for name, path, environment in context.opened():
        what = subject(name, 'cookies')
        secure = environment.secure_cookies
        switch = context.set_option(path, 'trac', 'secure_cookies',
                                    'disabled' if secure else 'enabled')
        if not url:
            yield note(what, 'Trac\'s are %s; whether they should is not known without '
                       'TRAC_BASE_URL' % ('Secure' if secure else 'not Secure'))
        elif url.startswith('https:') and not secure:
            yield warning(what, 'Trac\'s are not Secure, so a browser also sends them without '
                          'https', switch)
        elif secure and not url.startswith('https:'):
            yield error(what, 'Trac\'s are Secure, so a browser does not send them back to %s'
                        % url, switch)
        else:
            yield ok(what, 'Trac\'s are %s, as the address asks for'
                     % ('Secure' if secure else 'not Secure'))


def send_file(context):
    for name, path, environment in context.opened():
        if environment.config.getbool('trac', 'use_xsendfile'):
            yield error(subject(name, 'use_xsendfile'), 'on, and Unit knows no such header: '
                        'attachments arrive empty',
                        context.set_option(path, 'trac', 'use_xsendfile', 'disabled'))


CHECKS = (static_files, static_routes, uploads, base_url, trac_address, cookies, send_file)
