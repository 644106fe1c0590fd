"""Where a sign-in begins: Trac's ``/login``, and an endpoint for third parties."""

import re

from ..._compat import native, query_pairs, quote, to_bytes, wsgi_text
from ...errors import BadRequest, TracUnitError, shown
from ...pages.error_page import error_page
from ...pages.page import Link
from ..browser.request import see_other
from ..rules.parameters import MAX_FORM, parse
from ..rules.redirects import safe_path
from .browser_endpoint import BrowserEndpoint

_MAX_HINT = 255
_CONTROLS = re.compile(u'[\x00-\x1f\x7f-\x9f\u2028\u2029]')


class Login(BrowserEndpoint):
    """Sends a browser to the provider, or who is signed in straight back.

    :param sign_in: a :class:`~trac_unit.oidc.flows.sign_in.SignIn`
    :param parts: those of :class:`.browser_endpoint.BrowserEndpoint`
    """

    def __init__(self, sign_in, *parts):
        BrowserEndpoint.__init__(self, *parts)
        self._sign_in = sign_in

    def __call__(self, request):
        request.allow('GET', 'HEAD')
        return self.begin(request, self._return_to(request), request.base_path + '/login')

    def begin(self, request, return_to, login_path, login_hint=None):
        """Return the response that begins a sign-in.

        :param return_to: the path of the page to go to in the end
        :param login_path: the path, below this Trac's own, that begins it again
        :param login_hint: whom the provider may expect, text, or None
        """
        if self._sessions.current(request) is not None:
            return request.redirect(return_to)
        try:
            url, transaction = self._sign_in.begin(
                return_to, login_path, request.external(self._addresses.callback), login_hint)
            response = see_other(url)
            self._transactions.add(transaction, request.cookies, response, self._clock())
        except TracUnitError as e:
            return error_page(e, [Link(request.link(login_path), 'Try again'),
                                  Link(return_to, 'Go on without signing in')])
        return response

    def _return_to(self, request):
        """The page to go to after the sign-in, as a path of this site."""
        try:
            wanted = dict(query_pairs(request.query)).get('referer')
        except ValueError:
            wanted = None
        path = safe_path(wanted or request.environ.get('HTTP_REFERER'), request.base_url)
        return _page(request, self._addresses, path, request.base_path)


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

    def __call__(self, request):
        request.allow('GET', 'POST')
        try:
            asked = parse(request.form(), MAX_FORM) if request.method == 'POST' else \
                parse(request.query)
            self._check_issuer(asked.get('iss'))
            login_hint = _login_hint(asked.get('login_hint'))
            target = self._target(request, asked.get('target_link_uri'))
        except TracUnitError as e:
            return error_page(e, [Link(request.link('/'), 'Go to the start page')])
        base_path = self._addresses.base_path(target[len(request.base_url.prefix):])
        login_path = self._again() if base_path is None else base_path + '/login'
        return self._login.begin(request, target, login_path, login_hint)

    def _check_issuer(self, issuer):
        # An attacker's issuer would be the first half of a mix-up.
        if issuer != self._issuer:
            raise BadRequest('login_issuer', 'expected the parameter iss %s, got %s'
                             % (shown(self._issuer), shown(issuer)))

    def _target(self, request, address):
        """The page to go to after the sign-in: the start page, unless another is asked for."""
        if not address:
            return request.link('/')
        path = safe_path(address, request.base_url)
        if path is None:
            raise BadRequest('target_link_uri', 'expected a page of this Trac as '
                             'target_link_uri, got %s' % shown(address))
        return _page(request, self._addresses, path, '')

    def _again(self):
        """The path of this endpoint with what it needs: among many environments none has it."""
        return '%s?iss=%s' % (self._addresses.login, quote(to_bytes(self._issuer), safe=''))


def _page(request, addresses, path, base_path):
    """Return `path`, or the start page below `base_path` if it is None or no page to return to."""
    # Back to /login would be a loop, to /logout a sign-out.
    if path is None or addresses.is_own(path[len(request.base_url.prefix):].split('?')[0]):
        return request.link(base_path + '/')
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
