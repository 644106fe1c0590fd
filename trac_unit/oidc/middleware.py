"""The sign-in layer: scrub, route, delegate."""

import json
import re
import time

from webob import Request, Response

from .._compat import query_pairs, quote, remote_user, wsgi_bytes
from ..errors import BadRequest, ProviderError, TracUnitError, shown
from ..pages import Link, error_page, page
from ..remote_user import scrub
from ..trac_site import Site
from .cookies import CookieJar
from .redirects import safe_path
from .session import new_secret
from .sign_in import parse_answer
from .transaction import Transaction

# Anybody can send any Host header.
_MOST_SITES = 100
_CONTROLS = re.compile(r'[\x00-\x1f\x7f]')


class Visit(object):
    """One request, as the layer sees it.

    :param environ: the WSGI environ
    :param site: its :class:`~trac_unit.trac_site.Site`
    :param realm: tells apart the Tracs of one host
    """

    def __init__(self, environ, site, realm):
        self.environ = environ
        self.path = environ.get('PATH_INFO', '')
        self.method = environ.get('REQUEST_METHOD', 'GET')
        self.site = site
        self.cookies = CookieJar(environ, self.site.secure, realm + self.site.prefix)
        #: the part of the path that names the environment: '' or '/name', escaped
        self.place = ''

    def external(self, path):
        """Return the URL of a path of this Trac."""
        return self.site.url + path

    def link(self, path):
        """Return the path of a path of this Trac, as a browser needs it."""
        return self.site.prefix + path


class OIDCMiddleware(object):
    """Signs people in with OpenID Connect and tells the application who they are.

    :param application: the WSGI application below
    :param sign_in: a :class:`~trac_unit.oidc.sign_in.SignIn`
    :param client: a :class:`~trac_unit.oidc.client.Client`
    :param transactions: :class:`~trac_unit.oidc.transaction.TransactionCookies`
    :param store: a :class:`~trac_unit.oidc.session.Store`
    :param lifetime: seconds that a session cookie is kept
    :param path: where the layer's own addresses are
    :param base_url: the address that browsers use, or None to believe the Host header
    :param many: whether the application serves environments at /<name>/
    :param provider_logout: whether signing out ends the provider's session too
    :param clock: returns seconds since the epoch
    """

    def __init__(self, application, sign_in, client, transactions, store, lifetime,
                 path='/oidc', base_url=None, many=False, provider_logout=True,
                 clock=time.time):
        self.application = application
        self._sign_in = sign_in
        self._client = client
        self._transactions = transactions
        self._store = store
        self._lifetime = lifetime
        self._base_url = base_url
        self._provider_logout = provider_logout
        self._clock = clock
        self._issuer = client.provider.issuer
        self._realm = '%s %s ' % (client.provider.issuer, client.client_id)
        self._callback_path = path + '/callback'
        self._signed_out_path = path + '/signed-out'
        self._own = {self._callback_path: self._callback,
                     self._signed_out_path: self._signed_out,
                     path + '/health': self._health}
        self._below = re.compile(r'^%s(/|\Z)' % re.escape(path))
        self._sites = {}
        self._many = many
        self._door = re.compile(r'^(?P<place>%s)/(?P<door>login|logout)/?\Z'
                                % ('/[^/]+' if many else ''))

    def __call__(self, environ, start_response):
        scrub(environ)
        try:
            answer = self._route(Visit(environ, self._site(environ), self._realm))
        except TracUnitError as e:
            answer = error_page(e)
        return answer(environ, start_response)

    def _site(self, environ):
        """The site of a request; nearly all of them have the same, and reading it takes time."""
        get = environ.get
        key = get('HTTP_HOST'), get('SERVER_NAME'), get('SCRIPT_NAME'), get('wsgi.url_scheme')
        site = self._sites.get(key)
        if site is None:
            site = Site.of_request(environ, self._base_url)
            if len(self._sites) >= _MOST_SITES:
                self._sites.clear()
            self._sites[key] = site
        return site

    def _route(self, visit):
        """Return the WSGI application that answers."""
        if _CONTROLS.search(visit.path):
            # To Trac's patterns "/logout" with a line break behind it is a logout.
            raise BadRequest('path', 'expected a path without control characters, got %s'
                             % shown(visit.path))
        door = self._door.match(visit.path)
        if door:
            visit.place = quote(wsgi_bytes(door.group('place')))
        if self._below.match(visit.path):
            return self._own.get(visit.path.rstrip('/'), self._nothing)(visit)
        if door and door.group('door') == 'login':
            return self._login(visit)
        session = self._session(visit)
        if session is None:
            return self.application
        visit.environ['REMOTE_USER'] = remote_user(session.identity.username)
        if door and visit.method == 'POST':
            return self._logout(visit, session)
        return self.application

    def _session(self, visit):
        secret = visit.cookies.session
        session = self._store.get(secret, self._clock()) if secret else None
        # Tracs of several providers can share a store; who is known to one is not to the other.
        return session if session and session.identity.issuer == self._issuer else None

    # The addresses

    def _login(self, visit):
        """Begin a sign-in, or send who is signed in straight back."""
        _allow(visit, 'GET', 'HEAD')
        return_to = self._return_to(visit)
        if self._session(visit) is not None:
            return _redirect(visit, return_to)
        login_path = visit.place + '/login'
        try:
            url, transaction = self._sign_in.begin(return_to, login_path,
                                                   visit.external(self._callback_path))
            response = _see_other(url)
            self._transactions.add(transaction, visit.cookies, response, self._clock())
        except TracUnitError as e:
            return error_page(e, [Link(visit.link(login_path), 'Try again'),
                                  Link(return_to, 'Go on without signing in')])
        return response

    def _callback(self, visit):
        """Finish a sign-in with the provider's answer."""
        _allow(visit, 'GET')
        home = Link(visit.link('/'), 'Go to the start page')
        try:
            answer = parse_answer(visit.environ.get('QUERY_STRING', ''))
            transaction = self._transactions.open(visit.cookies, answer['state'], self._clock())
        except TracUnitError as e:
            # Which of many environments it was for, only the transaction knew.
            again = [] if self._many else [Link(visit.link('/login'), 'Sign in again')]
            return error_page(e, again + [home])
        try:
            if transaction.redirect_uri != visit.external(self._callback_path):
                raise BadRequest('redirect_uri', 'expected the answer at %s, got it at %s' % (
                    transaction.redirect_uri, visit.external(self._callback_path)))
            response = self._signed_in(visit, self._sign_in.complete(answer, transaction),
                                       transaction)
        except TracUnitError as e:
            response = error_page(e, [
                Link(visit.link(transaction.login_path), 'Sign in again'), home])
        self._transactions.forget(transaction, visit.cookies, response)
        return response

    def _signed_in(self, visit, session, transaction):
        # A fresh id at every sign-in: one that was planted before is worth nothing.
        secret = new_secret()
        self._store.add(secret, session)
        if visit.cookies.session:
            self._store.end(visit.cookies.session)
        response = _redirect(visit, safe_path(transaction.return_to, visit.site)
                             or visit.link('/'))
        visit.cookies.set(response, visit.cookies.name, secret, self._lifetime)
        return response

    def _logout(self, visit, session):
        """Let Trac check its form token; if it agrees, end the session."""
        kind = visit.environ.get('CONTENT_TYPE', '').split(';')[0].strip()
        if kind not in ('application/x-www-form-urlencoded', 'multipart/form-data'):
            # Trac asks for its token in these forms only: text/plain would need none.
            raise BadRequest('form_type', 'expected a form, got %s' % shown(kind[:80]))
        status, headers, body, exc_info = Request(visit.environ).call_application(
            self.application, catch_exc_info=True)
        if not status.startswith('30'):
            def as_it_is(environ, start_response):
                start_response(status, headers, exc_info)
                return body
            return as_it_is
        if hasattr(body, 'close'):
            body.close()
        self._store.end(visit.cookies.session)
        response = self._farewell(visit, session)
        for name, value in headers:
            if name.lower() == 'set-cookie':
                response.headers.add(name, value)
        visit.cookies.delete(response, visit.cookies.name)
        return response

    def _farewell(self, visit, session):
        """Send the browser to the provider's end of session, or to our page."""
        signed_out = visit.external(self._signed_out_path)
        if self._provider_logout:
            transaction = Transaction(visit.link(visit.place + '/'), visit.place + '/login',
                                      signed_out)
            try:
                url = self._client.end_session_url(session.id_token, signed_out,
                                                   transaction.state)
            except ProviderError:
                url = None  # the page will say that the provider's session may live on
            if url is not None:
                response = _see_other(url)
                self._transactions.add(transaction, visit.cookies, response, self._clock())
                return response
        return _see_other(signed_out)

    def _signed_out(self, visit):
        """The page after signing out, here or at the provider."""
        _allow(visit, 'GET', 'HEAD')
        if self._session(visit) is not None:
            return page('200 OK', 'You are signed in', ['You are still signed in to this Trac.'],
                        [Link(visit.link('/'), 'Go to the start page')])
        transaction = self._farewell_answered(visit)
        if transaction is None:
            return page('200 OK', 'You are signed out', [
                'You are signed out of this Trac.',
                'You may still be signed in at your identity provider. On a computer that others '
                'use, sign out there too, or close the browser.'],
                [Link(visit.link('/'), 'Go to the start page')])
        response = page('200 OK', 'You are signed out', [
            'You are signed out of this Trac and at your identity provider.'],
            [Link(transaction.return_to, 'Go to the start page'),
             Link(visit.link(transaction.login_path), 'Sign in again')])
        self._transactions.forget(transaction, visit.cookies, response)
        return response

    def _farewell_answered(self, visit):
        """The sign-out that the provider answers: RP-Initiated Logout 1.0 section 3, or None."""
        try:
            answer = parse_answer(visit.environ.get('QUERY_STRING', ''))
            transaction = self._transactions.open(visit.cookies, answer['state'], self._clock())
        except TracUnitError:
            return None
        matches = transaction.redirect_uri == visit.external(self._signed_out_path)
        return transaction if matches else None

    def _health(self, visit):
        """For a monitor: 200 if the session store answers, else 503."""
        _allow(visit, 'GET', 'HEAD')
        self._store.get('', self._clock())
        return Response(body=json.dumps({'status': 'ok'}).encode('ascii'),
                        content_type='application/json', cache_control='no-store')

    def _nothing(self, visit):
        return page('404 Not Found', 'There is nothing here',
                    ['This address belongs to the sign-in of this Trac, which has no such page.'],
                    [Link(visit.link('/'), 'Go to the start page')])

    def _return_to(self, visit):
        """The page to go to after the sign-in, as a path of this site."""
        try:
            wanted = dict(query_pairs(visit.environ.get('QUERY_STRING', ''))).get('referer')
        except ValueError:
            wanted = None
        path = safe_path(wanted or visit.environ.get('HTTP_REFERER'), visit.site)
        if path is not None:
            inner = path[len(visit.site.prefix):].split('?')[0]
            # Back to one of our own doors would be a loop, or a sign-out.
            if not self._door.match(inner) and not self._below.match(inner):
                return path
        return visit.link(visit.place + '/')


def _allow(visit, *methods):
    if visit.method not in methods:
        raise MethodNotAllowed('method', 'expected %s, got %s'
                               % (' or '.join(methods), shown(visit.method)))


class MethodNotAllowed(BadRequest):
    """An address of ours was asked by a method that it does not have (RFC 9110 15.5.6)."""

    status = '405 Method Not Allowed'


def _redirect(visit, path):
    """Redirect to a path of this site; absolute, so that no Host header is asked again."""
    return _see_other(visit.site.url[:len(visit.site.url) - len(visit.site.prefix)] + path)


def _see_other(url):
    return Response(status='303 See Other', location=url, cache_control='no-store',
                    content_type='text/plain', charset='utf-8', body=b'')
