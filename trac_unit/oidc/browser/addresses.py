"""Which addresses are the sign-in layer's own.  Pure rules."""

import re

_CONTROLS = r'\x00-\x1f\x7f'
_CONTROL = re.compile('[%s]' % _CONTROLS)


class Addresses(object):
    """The layer's addresses, as paths below the application's own prefix.

    :param path: where the endpoints are, such as ``/oidc``
    :param many: whether the application serves environments at /<name>/, each
        with a /<name>/login and a /<name>/logout
    """

    def __init__(self, path='/oidc', many=False):
        self.many = many
        self.callback = path + '/callback'
        self.login = path + '/login'
        self.signed_out = path + '/signed-out'
        self.backchannel_logout = path + '/backchannel-logout'
        self.health = path + '/health'
        below = r'%s(/|\Z)' % re.escape(path)
        action = r'(?P<base_path>%s)/(?P<action>login|logout)/?\Z' % ('/[^/]+' if many else '')
        self._below = re.compile(below)
        self._trac_action = re.compile(action)
        self._page = re.compile(r'(?!%s|%s)[^%s]*\Z' % (below, action, _CONTROLS))

    def is_page(self, path):
        """Whether the decoded `path` is none of ours, and has no control characters."""
        # Each request asks this, and few ask what follows.
        return self._page.match(path) is not None

    def has_control(self, path):
        """Whether the decoded `path` has a control character: nobody's address has."""
        return _CONTROL.search(path) is not None

    def is_endpoint(self, path):
        """Whether the decoded `path` is below the one of the endpoints."""
        return bool(self._below.match(path))

    def trac_action(self, path):
        """Return the base path and the action, ``login`` or ``logout``, of a path of Trac's own.

        :param path: the decoded path
        :return: ``('', 'login')``, for one; ``('/name', 'login')`` with many
            environments; ``(None, None)`` if it is neither
        """
        match = self._trac_action.match(path)
        return match.groups() if match else (None, None)

    def base_path(self, path):
        """Return the base path of the environment that `path` is in, or None.

        :param path: without the application's own prefix
        :return: '' for one environment, ``/name`` of many
        """
        if not self.many:
            return ''
        match = re.match(r'^/[^/?]+', path)
        return match.group() if match else None

    def is_own(self, path):
        """Whether `path` is an endpoint, or signs in or out: no page to come back to."""
        return self.is_endpoint(path) or self.trac_action(path)[1] is not None
