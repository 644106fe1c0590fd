"""``/login``: begins a sign-in."""

from ..._compat import query_pairs
from ...errors import TracUnitError
from ...pages import Link, error_page
from ..redirects import safe_path
from ..visit import see_other


class Login(object):
    """Sends a browser to the provider, or who is signed in straight back.

    :param sign_in: a :class:`~trac_unit.oidc.sign_in.SignIn`
    :param transactions: :class:`~trac_unit.oidc.transaction.TransactionCookies`
    :param sessions: :class:`~trac_unit.oidc.browser_sessions.BrowserSessions`
    :param addresses: :class:`~trac_unit.oidc.addresses.Addresses`
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
        return self._begin(visit, self._return_to(visit))

    def _begin(self, visit, return_to):
        if self._sessions.current(visit) is not None:
            return visit.redirect(return_to)
        login_path = visit.place + '/login'
        try:
            url, transaction = self._sign_in.begin(return_to, login_path,
                                                   visit.external(self._addresses.callback))
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
        # Back to one of our own doors would be a loop, or a sign-out.
        if path is None or self._addresses.is_own(path[len(visit.site.prefix):].split('?')[0]):
            return visit.link(visit.place + '/')
        return path
