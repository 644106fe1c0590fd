"""Stacks the layers: the only place that knows them all."""

import logging
import os
import sys
import time

from ._compat import exception_text
from .environment.egg_cache import egg_cache
from .environment.middleware import EnvironmentMiddleware
from .environment.process_locale import LocaleMiddleware, choose_locale
from .errors import ConfigurationError
from .gateway.middleware import Gateway
from .gateway.remote_user import RemoteUserGuard
from .pages.error_page import error_page
from .settings import files
from .settings.config import Config

log = logging.getLogger('trac_unit')


class Unavailable(object):
    """Answers every request with the page of one error.

    One application that fails to load keeps the whole of Unit from starting,
    other people's applications too; so ours always loads.

    :param error: a :class:`~trac_unit.errors.TracUnitError`
    """

    def __init__(self, error):
        self.error = error

    def __call__(self, environ, start_response):
        return error_page(self.error)(environ, start_response)


def from_environ(environ):
    """Return the application that the environment variables `environ` ask for.

    Never raises: what is wrong is logged, all at once, and the application
    answers 503.
    """
    try:
        from .oidc.provider import client_key
        return make_application(Config.from_environ(environ, further=[
            files.problems, client_key.problems]))
    except ConfigurationError as e:
        for problem in e.problems:
            log.error('%s', problem)
        return Gateway(Unavailable(e))
    except Exception as e:  # a Trac that cannot be imported, for one
        log.exception('trac-unit cannot start')
        return Gateway(Unavailable(ConfigurationError([
            'expected an installation that works, got %s: %s'
            % (type(e).__name__, exception_text(e))])))


def make_application(config, clock=time.time):
    """Return Trac with every layer that `config` asks for, as a WSGI application.

    :param config: a :class:`~trac_unit.settings.config.Config`
    :param clock: returns seconds since the epoch
    """
    from trac.env import open_environment
    from trac.web.main import dispatch_request, get_environments

    if os.path.isdir(config.home):
        # pkg_resources reads it from the process environment, and nowhere else
        os.environ['PYTHON_EGG_CACHE'] = egg_cache(config.home, config.python_egg_cache)
    keys = {'trac.env_index_template': config.trac_env_index_template,
            'trac.template_vars': config.trac_template_vars,
            'trac.base_url': config.trac_base_url}
    locale = choose_locale(config.trac_locale)
    if config.sign_in:
        from .oidc.relying_party import sign_in_layer
        application = sign_in_layer(dispatch_request, config, clock)
    else:
        log.warning('TRAC_OIDC_ISSUER is not set: nobody can sign in')
        application = RemoteUserGuard(dispatch_request)
    application = EnvironmentMiddleware(
        application, config.trac_env, config.trac_env_parent_dir,
        opener=lambda path: open_environment(path, use_cache=True),
        keys=keys, reserved=[config.oidc_path.split('/')[1]] if config.sign_in else [],
        lister=lambda parent: sorted(get_environments({'trac.env_parent_dir': parent}).values()))
    application = LocaleMiddleware(application, locale)
    if config.unit_tuning:
        from .tuning.middleware import TunedTrac
        application = TunedTrac(
            application, dispatch_request, _environments(config),
            dict(keys, **{'trac.locale': locale}),
            first_request=config.oidc_path + '/health' if config.sign_in else None)
    return Gateway(application)


def _environments(config):
    """The environments that there are now, and the path that each is served at: pairs."""
    if config.trac_env:
        return [(config.trac_env, '')]
    parent = config.trac_env_parent_dir
    try:
        names = sorted(os.listdir(parent))
    except OSError:
        names = []  # each request will say so, until it is mended
    return [(os.path.join(parent, name), '/' + name) for name in names
            if os.path.exists(os.path.join(parent, name, 'VERSION'))]


def log_to_stderr():
    """Send this package's log to standard error, which Unit keeps, unless it goes somewhere."""
    if not log.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(
            '%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s'))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
