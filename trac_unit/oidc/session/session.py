"""A signed-in person's session."""


class Session(object):
    """One sign-in of one person in one browser.

    :param identity: an :class:`~trac_unit.oidc.rules.identity.Identity`
    :param tokens: :class:`~trac_unit.oidc.session.tokens.Tokens`; None in a list of sessions
    :param sid: the provider's own name of its session, or None
    :param created: seconds since the epoch
    :param seen: the last request's time, give or take ``Limits.touch``
    :param checked: when the provider last confirmed the person; by default `created`
    """

    __slots__ = 'identity', 'tokens', 'sid', 'created', 'seen', 'checked'

    def __init__(self, identity, tokens, sid, created, seen=None, checked=None):
        self.identity = identity
        self.tokens = tokens
        self.sid = sid
        self.created = created
        self.seen = created if seen is None else seen
        self.checked = created if checked is None else checked

    def __repr__(self):
        return '<Session of %r>' % (self.identity.username,)
