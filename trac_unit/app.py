"""Stacks the layers: the only place that knows them all."""

import logging
import os
import sys
import time

from . import setting_files
from ._compat import exception_text, to_text
from .config import Config
from .environment import EnvironmentMiddleware, egg_cache
from .errors import ConfigurationError
from .gateway import Gateway
from .pages import error_page
from .process_locale import LocaleMiddleware, choose_locale
from .remote_user import RemoteUserGuard

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
        from .oidc import client_key
        return make_application(Config.from_environ(environ, further=[
            setting_files.problems, client_key.problems]))
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

    :param config: a :class:`~trac_unit.config.Config`
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
    application = dispatch_request
    if config.unit_tuning:
        from .tuning import TunedTrac
        application = TunedTrac(application, _environments(config),
                                dict(keys, **{'trac.locale': locale}))
    if config.sign_in:
        application = _with_sign_in(application, config, clock)
    else:
        log.warning('TRAC_OIDC_ISSUER is not set: nobody can sign in')
        application = RemoteUserGuard(application)
    application = EnvironmentMiddleware(
        application, config.trac_env, config.trac_env_parent_dir,
        opener=lambda path: open_environment(path, use_cache=True),
        keys=keys, reserved=[config.oidc_path.split('/')[1]] if config.sign_in else [],
        lister=lambda parent: sorted(get_environments({'trac.env_parent_dir': parent}).values()))
    return Gateway(LocaleMiddleware(application, locale))


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


def _with_sign_in(application, config, clock):
    from .oidc.identity import ClaimNames
    from .oidc.middleware import OIDCMiddleware
    from .oidc.provider import Provider
    from .oidc.recheck import Recheck
    from .oidc.sign_in import SignIn
    from .oidc.transport import Transport

    store = session_store(config)
    transport = Transport(config.oidc_timeout, config.oidc_ca_file)
    provider = Provider(config.oidc_issuer, transport, clock, config.oidc_insecure_http)
    client = _client(config, provider, clock)
    names = ClaimNames(config.oidc_username_claim, config.oidc_name_claim,
                       config.oidc_email_claim, config.oidc_groups_claim)
    sign_in = SignIn(client, store, clock, config.oidc_signing_algs, names, config.oidc_prompt,
                     config.oidc_max_age, config.oidc_acr_values, config.oidc_response_mode)
    recheck = None
    if config.oidc_recheck is not None:
        recheck = Recheck(client, store, clock, config.oidc_recheck, config.oidc_timeout,
                          config.oidc_signing_algs, names, config.oidc_acr_values)
    return OIDCMiddleware(
        application, sign_in, client, store, config.oidc_session_lifetime,
        config.oidc_signing_algs, recheck, config.oidc_path, config.trac_base_url,
        many=config.trac_env is None, provider_logout=config.oidc_logout == 'provider',
        clock=clock)


def session_store(config):
    """Return the :class:`~trac_unit.oidc.session.Store` of the sessions; nothing is opened yet.

    :param config: a :class:`~trac_unit.config.Config` with sign-in
    :raises ConfigurationError: a library that the store needs is not there
    """
    from .oidc.session import Limits
    from .oidc.stores import open_store

    # Another client of the provider, or another provider, can have the same store.
    realm = u'%s %s' % (to_text(config.oidc_issuer), to_text(config.oidc_client_id))
    return open_store(config.oidc_session_store or default_store(config.home),
                      Limits(config.oidc_session_idle, config.oidc_session_lifetime), realm)


def _client(config, provider, clock):
    from .oidc.client import Client
    from .oidc.client_auth import ClientAuth
    from .oidc.client_key import of_config
    from .oidc.transport import Transport

    auth = ClientAuth(config.oidc_client_id, config.oidc_client_auth, config.oidc_client_secret,
                      of_config(config), clock)
    files = config.oidc_client_cert_file, config.oidc_client_key_file
    transport = Transport(config.oidc_timeout, config.oidc_ca_file,
                          files if auth.mutual_tls else None)
    return Client(provider, transport, auth, config.oidc_scope)


def default_store(home):
    """Return the URL of the session store in the environment, or folder of them, `home`."""
    # Trac takes no folder's hidden files for environments.
    return 'sqlite://' + os.path.join(home, '.trac-unit-sessions.db')


def log_to_stderr():
    """Send this package's log to standard error, which Unit keeps, unless it goes somewhere."""
    if not log.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(
            '%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s'))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
