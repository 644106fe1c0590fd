"""The OpenID provider: asked the way that a sign-in asks it."""

import base64
import calendar
import email.utils
import warnings

from ..._compat import exception_text, native, to_bytes
from ...errors import ProviderError, UnknownKey
from ...oidc.browser.addresses import Addresses
from . import discovery
from .result import command, error, note, ok, warning

TITLE = 'Provider'

#: Seconds of difference between the clocks: to be warned of, and what a sign-in bears.
CLOCK_WARNING, CLOCK_ERROR = 60, 120

#: Stands for the address that is not known without TRAC_BASE_URL.
PLACEHOLDER = 'https://YOUR-HOST'


class ListeningTransport(object):
    """A transport that notes what each answer says of the provider's clock.

    :param transport: a :class:`~trac_unit.oidc.provider.transport.Transport`
    :param clock: returns seconds since the epoch
    """

    def __init__(self, transport, clock):
        self._transport = transport
        self._clock = clock
        #: Seconds that the provider's clock is ahead, or None: it did not say.
        self.ahead = None

    def get(self, url, auth=None):
        before = self._clock()
        response = self._transport.get(url, auth)
        said = _date(response.headers)
        if said is not None:
            after = self._clock()
            # The header has whole seconds: half a one is cut off on average.
            self.ahead = said + 0.5 - (before + after) / 2.0
        return response


def _date(headers):
    """The time of a response in seconds since the epoch (RFC 9110 section 6.6.1), or None."""
    parts = email.utils.parsedate_tz(headers.get('Date') or '')
    if parts is None:
        return None
    try:
        time = calendar.timegm(parts[:9]) - (parts[9] or 0)
    except (OverflowError, ValueError):
        return None
    age = headers.get('Age', '')  # what a cache in between adds
    return time + (int(age) if age.isdigit() and len(age) < 7 else 0)


def asked(context):
    """Ask for the discovery document, and judge it and the keys."""
    if not context.sign_in:
        yield note('provider', 'not asked: sign-in is off')
    elif not (context.config and context.config.sign_in):
        yield note('provider', 'not asked: the settings have to be right first')
    elif context.offline:
        yield note('provider', 'not asked: --offline')
    else:
        for result in _ask(context):
            yield result


def _ask(context):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # such as that Python 2 is no longer supported
        from ...oidc.provider.provider import Provider
        from ...oidc.provider.transport import Transport

    config = context.config
    transport = ListeningTransport(Transport(config.oidc_timeout, config.oidc_ca_file),
                                   context.clock)
    provider = Provider(config.oidc_issuer, transport, context.clock, config.oidc_insecure_http)
    try:
        metadata = provider.metadata()
    except ProviderError as e:
        yield error('discovery', exception_text(e),
                    _MENDS.get(e.reason, '%s') % discovery.look(config))
        metadata = None
    for result in _clock(transport, metadata is not None):
        yield result
    if metadata is None:
        return
    yield ok('discovery', 'issuer %s' % native(config.oidc_issuer))
    yield ok('endpoints', ', '.join(native(metadata[name]) for name in (
        'authorization_endpoint', 'token_endpoint', 'jwks_uri')))
    # The method is one of our own choice if what says how to choose it is wrong.
    unsure = any(problem.variable.startswith('TRAC_OIDC_CLIENT_') for problem in context.problems)
    for result in discovery.judge(config, metadata):
        if not (unsure and result.subject == discovery.CLIENT_AUTH):
            yield result
    for result in _keys(config, provider):
        yield result


_MENDS = {
    'issuer': 'set TRAC_OIDC_ISSUER to the issuer that the provider names; %s shows it',
    'timeout': '%s; TRAC_OIDC_TIMEOUT gives it more time',
    'unreachable': '%s; for a certificate of your own set TRAC_OIDC_CA_FILE',
    'redirect': 'set TRAC_OIDC_ISSUER to the address that %s leads to',
}


def _clock(transport, answered):
    ahead = transport.ahead
    if ahead is None:
        if answered:
            yield note('clock', 'the provider does not say what time it has')
        return
    seconds = int(round(abs(ahead)))
    if seconds <= CLOCK_WARNING:
        yield ok('clock', '%d s from the provider\'s' % seconds)
        return
    report = error if seconds > CLOCK_ERROR else warning
    yield report('clock', 'this machine is %d s %s the provider, and a sign-in bears %d'
                 % (seconds, 'behind' if ahead > 0 else 'ahead of', CLOCK_ERROR),
                 'timedatectl set-ntp true')


def _keys(config, provider):
    """Have an empty token of each algorithm verified: the refusal tells whether a key fits."""
    fitting, refusals = [], []
    for algorithm in config.oidc_signing_algs:
        try:
            provider.verify(_unsigned(algorithm), config.oidc_signing_algs)
        except UnknownKey as e:
            if e.reason == 'signature':
                fitting.append(native(algorithm))
            else:
                refusals.append(exception_text(e))
        except ProviderError as e:
            yield error('keys', exception_text(e), command(
                'curl', '-sS', '-i', native(provider.metadata()['jwks_uri'])))
            return
    if fitting:
        yield ok('keys', 'there for %s' % ', '.join(fitting))
    else:
        yield error('keys', '; '.join(refusals), 'set TRAC_OIDC_SIGNING_ALGS to what the keys '
                    'are for')


def _unsigned(algorithm):
    header = b'{"alg":"' + to_bytes(algorithm) + b'"}'
    parts = [base64.urlsafe_b64encode(part).rstrip(b'=') for part in (header, b'{}', b'none')]
    return b'.'.join(parts).decode('ascii')


def addresses(context):
    """Tell which addresses have to be registered, to be copied."""
    if not context.sign_in:
        return
    base = context.config and context.config.trac_base_url
    if not base:
        base = PLACEHOLDER + native((context.application or {}).get('prefix') or '').rstrip('/')
    own = Addresses(context.config.oidc_path) if context.config else Addresses()
    yield note('redirect URI', base + own.callback)
    yield note('post-logout redirect URI', base + own.signed_out)
    yield note('back-channel logout URI', base + own.backchannel_logout)


CHECKS = (asked, addresses)
