"""Where a sign-in begins: Trac's ``/login``, and an endpoint for third parties."""

import re

from ..._compat import native, query_pairs, quote, to_bytes, wsgi_text
from ...errors import BadRequest, TracUnitError, shown
from ...pages.error_page import error_page
from ...pages.page import Link
from ..browser.request import see_other
from ..rules.parameters import MAX_FORM, parse
from ..rules.redirects import safe_path

_MAX_HINT = 255
_CONTROLS = re.compile(u'[\x00-\x1f\x7f-\x9f\u2028\u2029]')


class Login(object):
    """Sends a browser to the provider, or who is signed in straight back.

    :param sign_in: a :class:`~trac_unit.oidc.flows.sign_in.SignIn`
    :param transactions: :class:`~trac_unit.oidc.browser.transaction.TransactionCookies`
    :param sessions: :class:`~trac_unit.oidc.browser.browser_sessions.BrowserSessions`
    :param addresses: :class:`~trac_unit.oidc.browser.addresses.Addresses`
    :param clock: returns seconds since the epoch
    """

    def __init__(self, sign_in, transactions, sessions, addresses, clock):
        self._sign_in = sign_in
        self._transactions = transactions
        self._sessions = sessions
        self._addresses = addresses
        self._clock = clock

    def __call__(self, visit):
        visit.allow('GET', 'HEAD')
        return self.begin(visit, self._return_to(visit), visit.place + '/login')

    def begin(self, visit, return_to, login_path, login_hint=None):
        """Return the response that begins a sign-in.

        :param return_to: the path of the page to go to in the end
        :param login_path: the path, below this Trac's own, that begins it again
        :param login_hint: whom the provider may expect, text, or None
        """
        if self._sessions.current(visit) is not None:
            return visit.redirect(return_to)
        try:
            url, transaction = self._sign_in.begin(
                return_to, login_path, visit.external(self._addresses.callback), login_hint)
            response = see_other(url)
            self._transactions.add(transaction, visit.cookies, response, self._clock())
        except TracUnitError as e:
            return error_page(e, [Link(visit.link(login_path), 'Try again'),
                                  Link(return_to, 'Go on without signing in')])
        return response

    def _return_to(self, visit):
        """The page to go to after the sign-in, as a path of this site."""
        try:
            wanted = dict(query_pairs(visit.query)).get('referer')
        except ValueError:
            wanted = None
        path = safe_path(wanted or visit.environ.get('HTTP_REFERER'), visit.site)
        return _page(visit, self._addresses, path, visit.place)


class ThirdPartyLogin(object):
    """Begins a sign-in that another site asks for: OpenID Connect Core 1.0 section 4.

    :param login: a :class:`Login`
    :param issuer: the only issuer that a sign-in can be asked for at
    :param addresses: :class:`~trac_unit.oidc.browser.addresses.Addresses`
    """

    def __init__(self, login, issuer, addresses):
        self._login = login
        self._issuer = native(issuer)
        self._addresses = addresses

    def __call__(self, visit):
        visit.allow('GET', 'POST')
        try:
            asked = parse(visit.form(), MAX_FORM) if visit.method == 'POST' else \
                parse(visit.query)
            self._check_issuer(asked.get('iss'))
            login_hint = _login_hint(asked.get('login_hint'))
            target = self._target(visit, asked.get('target_link_uri'))
        except TracUnitError as e:
            return error_page(e, [Link(visit.link('/'), 'Go to the start page')])
        place = self._addresses.place(target[len(visit.site.prefix):])
        login_path = self._again() if place is None else place + '/login'
        return self._login.begin(visit, target, login_path, login_hint)

    def _check_issuer(self, issuer):
        # An attacker's issuer would be the first half of a mix-up.
        if issuer != self._issuer:
            raise BadRequest('login_issuer', 'expected the parameter iss %s, got %s'
                             % (shown(self._issuer), shown(issuer)))

    def _target(self, visit, address):
        """The page to go to after the sign-in: the start page, unless another is asked for."""
        if not address:
            return visit.link('/')
        path = safe_path(address, visit.site)
        if path is None:
            raise BadRequest('target_link_uri', 'expected a page of this Trac as '
                             'target_link_uri, got %s' % shown(address))
        return _page(visit, self._addresses, path, '')

    def _again(self):
        """The path of this endpoint with what it needs: among many environments none has it."""
        return '%s?iss=%s' % (self._addresses.login, quote(to_bytes(self._issuer), safe=''))


def _page(visit, addresses, path, place):
    """Return `path`, or the start page of `place` if it is None or no page to come back to."""
    # Back to one of our own doors would be a loop, or a sign-out.
    if path is None or addresses.is_own(path[len(visit.site.prefix):].split('?')[0]):
        return visit.link(place + '/')
    return path


def _login_hint(value):
    """The hint as text, or None: whatever else it is, the provider judges."""
    try:
        hint = wsgi_text(value or '')
    except UnicodeError:
        hint = None
    if hint is None or len(hint) > _MAX_HINT or _CONTROLS.search(hint):
        raise BadRequest('login_hint', 'expected at most %d characters of text as login_hint, '
                         'got %s' % (_MAX_HINT, shown(value)))
    return hint or None
