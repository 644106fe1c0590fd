"""Which addresses are the sign-in layer's own.  Pure rules."""

import re


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
        self._below = re.compile(r'^%s(/|\Z)' % re.escape(path))
        self._door = re.compile(r'^(?P<place>%s)/(?P<name>login|logout)/?\Z'
                                % ('/[^/]+' if many else ''))

    def is_endpoint(self, path):
        """Whether the decoded `path` is below the one of the endpoints."""
        return bool(self._below.match(path))

    def door(self, path):
        """Return the place and the name, ``login`` or ``logout``, of one of Trac's doors.

        :param path: the decoded path
        :return: ``('', 'login')``, for one; ``('/name', 'login')`` with many
            environments; ``(None, None)`` if it is no door
        """
        match = self._door.match(path)
        return match.groups() if match else (None, None)

    def place(self, path):
        """Return the place that `path` is in: '' for one environment, ``/name`` of many, or None.

        :param path: without the application's own prefix
        """
        if not self.many:
            return ''
        match = re.match(r'^/[^/?]+', path)
        return match.group() if match else None

    def is_own(self, path):
        """Whether `path` is an endpoint or a door: no page to come back to."""
        return self.is_endpoint(path) or self.door(path)[1] is not None
