"""Trac on the Unit application server, with OpenID Connect sign-in.

An administrator needs one name, :mod:`trac_unit.trac_wsgi`, which Unit's
``"module"`` points at.  Who builds on the package needs these, which stay where
they are:

===============================================  =====================================
``trac_unit.app.make_application``               the whole, as one WSGI application
``trac_unit.config.Config``                      the settings, parsed and checked
``trac_unit.errors.TracUnitError``               the root of every exception of ours
``trac_unit.gateway.Gateway``                    middleware: both sides kept to PEP 3333
``trac_unit.process_locale.LocaleMiddleware``    middleware: a locale that exists
``trac_unit.environment.EnvironmentMiddleware``  middleware: which Trac environment
``trac_unit.remote_user.RemoteUserGuard``        middleware: nobody by a header
``trac_unit.oidc.OIDCMiddleware``                middleware: OpenID Connect sign-in
===============================================  =====================================

Each middleware has the signature ``Layer(application, ...)`` and works alone,
under any WSGI server.  Importing this package imports neither Trac nor Authlib.
"""

__version__ = '0.1.0'
