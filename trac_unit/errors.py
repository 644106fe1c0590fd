"""The exception tree: one root, and for each kind of trouble what to tell whom.

``str(error)`` is for the log: expected X, got Y.  ``title`` and ``sentence``
are for the person in front of the browser: fixed text, no protocol detail.
``reason`` is a short slug that names the rule which was broken; tests and log
searches use it.
"""

import uuid

from ._compat import PY2, native, text_type

_SHOWN = 120


def reference():
    """Return a new reference id, 8 hex digits, for a page and its log line."""
    return uuid.uuid4().hex[:8]


def shown(value):
    """Return `value` as it may stand in a log: one line, at most 120 characters.

    What a provider or a browser sent can hold line breaks, which would forge
    log lines, and can be megabytes long.
    """
    text = repr(value)
    if PY2 and type(value) is text_type:
        text = text[1:]  # without Python 2's mark of it
    return text if len(text) <= _SHOWN else text[:_SHOWN - 3] + '...'


class TracUnitError(Exception):
    """The root of all exceptions that this package raises on purpose."""

    status = '500 Internal Server Error'
    title = 'Something went wrong'
    sentence = 'The server could not finish what you asked for.'
    #: what the answer has to say besides: pairs of a header's name and value
    headers = ()

    def __init__(self, reason, message=None):
        Exception.__init__(self, native(message or reason))
        self.reason = reason


class Problem(object):
    """One thing that is wrong with one setting.

    :param variable: the environment variable's name
    :param expected: what would have been right, as text
    :param found: what was there, as text; never a secret
    :param denied: whether it is a file that this process may not read
    """

    def __init__(self, variable, expected, found, denied=False):
        self.variable = variable
        self.expected = expected
        self.found = found
        self.denied = denied

    def __str__(self):
        return '%s: expected %s, found %s' % (self.variable, self.expected, self.found)


class ConfigurationError(TracUnitError):
    """Settings are wrong; ``problems`` lists every one of them."""

    status = '503 Service Unavailable'
    title = 'This Trac is not set up yet'
    sentence = ('The settings of this server are not complete, so Trac cannot be shown. '
                'The administrator finds every problem in the server\'s log.')

    def __init__(self, problems):
        TracUnitError.__init__(self, 'configuration', '; '.join(str(p) for p in problems))
        self.problems = list(problems)


class EnvironmentUnavailable(TracUnitError):
    """A Trac environment cannot be served; the message says what mends it."""

    status = '503 Service Unavailable'
    title = 'This Trac is out of service'
    sentence = ('The server cannot open this Trac at the moment. '
                'The administrator finds the cause, and what mends it, in the server\'s log.')


class StoreError(TracUnitError):
    """The session store cannot be read or written."""

    status = '503 Service Unavailable'
    title = 'Sign-in is not available'
    sentence = ('The server cannot look up who is signed in at the moment. '
                'Please try again in a minute.')


class BadRequest(TracUnitError):
    """A request that no page or form of ours sends."""

    status = '400 Bad Request'
    title = 'This request cannot be answered'
    sentence = 'The address or the form that your browser sent is not one that this server knows.'


class SignInError(TracUnitError):
    """A sign-in did not succeed."""

    status = '403 Forbidden'
    title = 'You are not signed in'
    sentence = 'The sign-in did not succeed. Please try again.'


class TransactionError(SignInError):
    """The answer of the provider belongs to no sign-in that this browser has under way."""

    status = '400 Bad Request'
    sentence = ('This sign-in was already finished, took longer than ten minutes, or was begun in '
                'another browser. Please sign in again.')


class SignInRefused(SignInError):
    """The provider answered with an error instead of a code (RFC 6749 section 4.1.2.1)."""

    _sentences = {
        'access_denied': 'The sign-in was declined, by you or by the identity provider.',
        'login_required': 'The identity provider asks you to sign in there first.',
        'interaction_required': 'The identity provider needs an answer from you first.',
        'account_selection_required': 'The identity provider asks you to choose an account first.',
        'consent_required': 'The identity provider needs your consent first.',
        'unmet_authentication_requirements':
            'The identity provider could not sign you in as strongly as this server asks.',
        'temporarily_unavailable': 'The identity provider is not available at the moment.',
        'server_error': 'The identity provider had a problem of its own.',
    }

    sentence = ('The identity provider refused the sign-in. '
                'The administrator finds its reason in the log.')

    def __init__(self, code, message=None):
        known = code in self._sentences
        SignInError.__init__(self, code if known else 'provider_error', message)
        if known:
            self.sentence = self._sentences[code]


class GrantRefused(SignInError):
    """The token endpoint does not take a code or refresh token (RFC 6749 section 5.2)."""


class TokenError(SignInError):
    """An ID token, or what came with it, broke a rule of OpenID Connect Core."""

    sentence = ('The identity provider\'s answer did not pass this server\'s checks, '
                'so you were not signed in.')


class UnknownKey(TokenError):
    """No key of the provider fits the token; fetching the keys again may help."""


class IdentityError(SignInError):
    """The provider vouched for a person whom Trac cannot name.

    :param claim: the claim that is the user name by our settings, text; the page names it
    """

    sentence = 'The identity provider did not tell this server a user name that Trac can use.'

    _unusable = (u'The identity provider did not tell this server a user name that Trac can use '
                 u'in the claim %s. The administrator finds more in the log.')
    _missing = (u'The identity provider did not send the claim %s, in which this server looks for '
                u'your user name. The administrator finds more in the log.')

    def __init__(self, reason, message=None, claim=None):
        SignInError.__init__(self, reason, message)
        if claim is not None:
            missing = reason in ('username_missing', 'username_elsewhere')
            self.sentence = (self._missing if missing else self._unusable) % claim


class ProviderError(SignInError):
    """The provider cannot be reached, or answers something that it must not."""

    status = '502 Bad Gateway'
    title = 'Sign-in is not available'
    sentence = ('The identity provider did not give a usable answer. '
                'This is nothing you did: please try again in a minute.')
