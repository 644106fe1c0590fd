"""The rules for the claims of a logout token.  Pure, as those of ID tokens are."""

import collections

from ..._compat import text_type, well_formed
from ...errors import TokenError, shown
from .registered_claims import (CLOCK_SKEW, check_audience, check_issuer, check_subject,
                                check_times, check_type)

#: Seconds since a logout token was issued, at most: it is sent at once, and its
#: jti need not be remembered longer than it is believed.
MAX_AGE = 600

_EVENT = u'http://schemas.openid.net/event/backchannel-logout'
_MAX_ID = 1024

#: Whose sessions end: ``subject`` or ``sid`` can be None, not both.  ``jti`` is
#: taken once, and has to be remembered until ``expires``, seconds since the epoch.
LogoutToken = collections.namedtuple('LogoutToken', 'jti subject sid expires')


def validate(header, claims, issuer, client_id, now):
    """Return the :class:`LogoutToken` that the claims are: Back-Channel Logout 1.0 section 2.6.

    Whether the jti comes for the first time is for the store to say.

    :param header: the JOSE header, a dict; its algorithm has been allowed
    :param claims: the claims, a dict
    :param issuer: the issuer identifier
    :param client_id: this relying party
    :param now: seconds since the epoch
    :raises TokenError: with the claim's name as the reason
    """
    check_type(header, u'logout+jwt')
    check_issuer(claims, issuer)
    check_audience(claims, client_id)
    check_times(claims, now, MAX_AGE)
    _check_event(claims)
    if 'nonce' in claims:
        # An ID token, which anybody in whose name it was issued can have.
        raise TokenError('nonce', 'expected a logout token, which has no nonce, got one')
    if 'sub' not in claims and 'sid' not in claims:
        raise TokenError('sub', 'expected a subject, a sid or both, got neither')
    if 'sub' in claims:
        check_subject(claims)
    return LogoutToken(_id(claims, 'jti'), claims.get('sub'),
                       _id(claims, 'sid') if 'sid' in claims else None, _expires(claims))


def _check_event(claims):
    """It declares a logout; Keycloak puts a member of its own beside that."""
    events = claims.get('events')
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise TokenError('events', 'expected the event %s as an object, got %s'
                         % (_EVENT, shown(events)))


def _id(claims, name):
    value = claims.get(name)
    if not isinstance(value, text_type) or not 0 < len(value) <= _MAX_ID \
            or not well_formed(value):
        # Not shown: it names a session, wrapped or not.
        raise TokenError(name, 'expected text of 1 to %d characters as %s, got another %s'
                         % (_MAX_ID, name, type(value).__name__))
    return value


def _expires(claims):
    """The second after the last one in which the times are right."""
    return int(min(claims['exp'], claims['iat'] + MAX_AGE)) + CLOCK_SKEW + 1
