"""The sign-in layer: scrub, route, delegate."""

import time

from .._compat import quote, remote_user, wsgi_bytes
from ..errors import BadRequest, TracUnitError, shown
from ..gateway.remote_user import scrub
from ..pages.error_page import error_page
from ..pages.page import Link, page
from .browser.addresses import Addresses
from .browser.base_url import BaseURL
from .browser.browser_sessions import BrowserSessions
from .browser.cookies import SessionCookie, session_cookie_name
from .browser.request import Request
from .browser.transaction import TransactionCookies
from .endpoints.backchannel_logout import BackchannelLogout
from .endpoints.callback import Callback
from .endpoints.health import Health
from .endpoints.login import Login, ThirdPartyLogin
from .endpoints.logout import Logout, SignedOut

# Anybody can send any Host header.
_MOST_BASE_URLS = 100


class OIDCMiddleware(object):
    """Signs people in with OpenID Connect and tells the application who they are.

    :param application: the WSGI application below
    :param sign_in: a :class:`~trac_unit.oidc.flows.sign_in.SignIn`
    :param client: a :class:`~trac_unit.oidc.provider.client.Client`
    :param store: a :class:`~trac_unit.oidc.session.store.Store`
    :param lifetime: seconds that a session cookie is kept
    :param algorithms: what a logout token may be signed with
    :param recheck: a :class:`~trac_unit.oidc.flows.recheck.Recheck`, or None
    :param path: where the layer's own addresses are
    :param base_url: the address that browsers use, or None to believe the Host header
    :param many: whether the application serves environments at /<name>/
    :param provider_logout: whether signing out ends the provider's session too
    :param clock: returns seconds since the epoch
    """

    def __init__(self, application, sign_in, client, store, lifetime, algorithms, recheck=None,
                 path='/oidc', base_url=None, many=False, provider_logout=True, clock=time.time):
        self.application = application
        self._base_url = base_url
        self._namespace = '%s %s ' % (client.provider.issuer, client.client_id)
        self._base_urls = {}
        self._addresses = addresses = Addresses(path, many)
        self._sessions = sessions = BrowserSessions(store, clock, lifetime, recheck)
        transactions = TransactionCookies(store, sign_in.response_mode == 'form_post')
        parts = transactions, sessions, addresses, clock
        self._login = Login(sign_in, *parts)
        self._logout = Logout(application, client, provider_logout, *parts)
        self._endpoints = {
            addresses.callback: Callback(sign_in, *parts),
            addresses.backchannel_logout: BackchannelLogout(client, algorithms, store, clock),
            addresses.login: ThirdPartyLogin(self._login, client.provider.issuer, addresses),
            addresses.signed_out: SignedOut(*parts),
            addresses.health: Health(store, clock)}

    def __call__(self, environ, start_response):
        scrub(environ)
        try:
            response = self._route(Request(environ, *self._base_url_of(environ)))
        except TracUnitError as e:
            response = error_page(e)
        return response(environ, start_response)

    def _base_url_of(self, environ):
        """The base URL of a request, and its session cookie.

        Nearly all requests have the same, and finding it takes time.
        """
        get = environ.get
        key = (get('HTTP_HOST') or get('SERVER_NAME'), get('SCRIPT_NAME'), get('wsgi.url_scheme'))
        found = self._base_urls.get(key)
        if found is None:
            base_url = BaseURL.of_request(environ, self._base_url)
            if len(self._base_urls) >= _MOST_BASE_URLS:
                self._base_urls.clear()
            found = base_url, SessionCookie(
                session_cookie_name(self._namespace + base_url.prefix, base_url.secure))
            self._base_urls[key] = found
        return found

    def _route(self, request):
        """Return the WSGI application that answers."""
        action = None
        if not self._addresses.is_page(request.path):
            if self._addresses.has_control(request.path):
                # To Trac's patterns "/logout" with a line break behind it is a logout.
                raise BadRequest('path', 'expected a path without control characters, got %s'
                                 % shown(request.path))
            if self._addresses.is_endpoint(request.path):
                return self._endpoints.get(request.path.rstrip('/'), _nothing)(request)
            base_path, action = self._addresses.trac_action(request.path)
            request.base_path = quote(wsgi_bytes(base_path))
            if action == 'login':
                return self._login(request)
        session = self._sessions.confirmed(request)
        if session is None:
            return self.application
        request.environ['REMOTE_USER'] = remote_user(session.identity.username)
        if action and request.method == 'POST':
            return self._logout(request, session)
        return self.application


def _nothing(request):
    return page('404 Not Found', 'There is nothing here',
                ['This address belongs to the sign-in of this Trac, which has no such page.'],
                [Link(request.link('/'), 'Go to the start page')])
