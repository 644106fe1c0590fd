"""What the addresses have in common that browsers come to when they sign in or out."""


class BrowserEndpoint(object):
    """An address that browsers come to when they sign in or out.

    :param transactions: :class:`~trac_unit.oidc.browser.transaction.TransactionCookies`
    :param sessions: :class:`~trac_unit.oidc.browser.browser_sessions.BrowserSessions`
    :param addresses: :class:`~trac_unit.oidc.browser.addresses.Addresses`
    :param clock: returns seconds since the epoch
    """

    def __init__(self, transactions, sessions, addresses, clock):
        self._transactions = transactions
        self._sessions = sessions
        self._addresses = addresses
        self._clock = clock
