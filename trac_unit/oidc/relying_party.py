"""The relying party that the settings ask for, put together from its parts.

They are imported inside the functions: they take long, and the commands want to
know where the sessions are without them.
"""

import os

from .._compat import to_text


def sign_in_layer(application, config, clock):
    """Return `application` with sign-in in front of it.

    :param application: a WSGI application
    :param config: a :class:`~trac_unit.settings.config.Config` with sign-in
    :param clock: returns seconds since the epoch
    """
    from .flows.recheck import Recheck
    from .flows.sign_in import SignIn
    from .middleware import OIDCMiddleware
    from .provider.provider import Provider
    from .provider.transport import Transport
    from .rules.identity import ClaimNames

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
    """Return the store of the sessions; nothing is opened yet.

    :param config: a :class:`~trac_unit.settings.config.Config` with sign-in
    :return: a :class:`~trac_unit.oidc.session.store.Store`
    :raises ConfigurationError: a library that the store needs is not there
    """
    from .session.limits import Limits
    from .session.stores.factory import open_store

    # Another client of the provider, or another provider, can have the same store.
    namespace = u'%s %s' % (to_text(config.oidc_issuer), to_text(config.oidc_client_id))
    return open_store(config.oidc_session_store or default_store(config.home),
                      Limits(config.oidc_session_idle, config.oidc_session_lifetime), namespace)


def _client(config, provider, clock):
    from .provider.client import Client
    from .provider.client_authentication import ClientAuth
    from .provider.client_key import of_config
    from .provider.transport import Transport

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
