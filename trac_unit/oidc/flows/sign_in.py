"""The sign-in itself, from the first redirect to the session; no HTTP of ours in it."""

import logging
import re

from ..._compat import native, text_type, to_text
from ...errors import SignInError, SignInRefused, TokenError, TransactionError, shown
from ..browser.transaction import MAX_AGE, Transaction
from ..rules import id_token
from ..rules.identity import identify, remarks
from ..session.session import Session

log = logging.getLogger(__name__)

_CODE = re.compile(r'^[\x21-\x7e]{1,4096}\Z')


class SignIn(object):
    """A relying party's sign-ins: OpenID Connect Core 1.0 section 3.1.

    :param client: a :class:`~trac_unit.oidc.provider.client.Client`
    :param store: a :class:`~trac_unit.oidc.session.store.Store`
    :param clock: returns seconds since the epoch
    :param algorithms: what an ID token may be signed with
    :param claim_names: :class:`~trac_unit.oidc.rules.identity.ClaimNames`
    :param prompt: sent as it is, or None
    :param max_age: seconds, or None; sent, and the answer is checked
    :param acr_values: a tuple of text, or None; sent, and the answer is checked
    :param response_mode: ``query`` or ``form_post``: how the answer comes back
    """

    def __init__(self, client, store, clock, algorithms, claim_names, prompt=None, max_age=None,
                 acr_values=None, response_mode='query'):
        self.response_mode = response_mode
        self._client = client
        self._store = store
        self._clock = clock
        self._algorithms = algorithms
        self._claim_names = claim_names
        self._prompt = prompt
        self._max_age = max_age
        self._acr_values = acr_values

    def begin(self, return_to, login_path, redirect_uri, login_hint=None):
        """Return the URL to send the browser to, and the :class:`Transaction` to remember.

        :param login_hint: whom the provider may expect, text, or None
        :raises ProviderError: the provider's metadata cannot be had, or it does
            not take the pushed request
        """
        transaction = Transaction(return_to, login_path, redirect_uri)
        url = self._client.authorization_url(
            redirect_uri, transaction.state, transaction.nonce, transaction.code_verifier,
            prompt=self._prompt,
            max_age=None if self._max_age is None else str(self._max_age),
            acr_values=' '.join(self._acr_values) if self._acr_values else None,
            login_hint=login_hint,
            # The default mode needs no word: OpenID Connect Core section 3.1.2.1.
            response_mode=None if self.response_mode == 'query' else self.response_mode)
        return url, transaction

    def complete(self, response, transaction):
        """Return the new :class:`Session`, which is not kept yet.

        :param response: the parameters of the authorization response, a dict
        :param transaction: the sign-in that the answer is for
        :raises SignInError: why the person is not signed in
        :raises StoreError: it cannot be told whether the answer is the first
        """
        now = self._clock()
        if not self._store.once('state', transaction.state, now, now + 2 * MAX_AGE):
            raise TransactionError('state_used', 'expected the first answer to this sign-in, '
                                   'got a further one')
        self._check_issuer(response)
        if 'error' in response:
            raise SignInRefused(response['error'], 'expected a code, got the error %s'
                                % shown(response['error'][:40]))
        if not _CODE.match(response.get('code', '')):
            raise SignInError('code', 'expected a code, got none that is one')
        tokens = self._client.exchange(response['code'], transaction.redirect_uri,
                                       transaction.code_verifier)
        claims = self._verified(tokens, transaction)
        userinfo = claims_of_userinfo(self._client, tokens.access_token, claims['sub'],
                                      self._algorithms)
        return Session(identity_of(claims, userinfo, self._claim_names), tokens, sid_of(claims),
                       self._clock())

    def _check_issuer(self, response):
        """The defence against mix-up: RFC 9207 section 2.4."""
        provider = self._client.provider
        issuer = response.get('iss')
        if issuer is None:
            if provider.metadata().get('authorization_response_iss_parameter_supported') is True:
                raise TokenError('response_iss', 'expected the parameter iss, got none')
        elif issuer != native(provider.issuer):
            raise TokenError('response_iss', 'expected the parameter iss %s, got %s'
                             % (shown(provider.issuer), shown(issuer)))

    def _verified(self, tokens, transaction):
        provider = self._client.provider
        header, claims = provider.verify(tokens.id_token, self._algorithms)
        id_token.validate(header, claims, id_token.Expectation(
            provider.issuer, to_text(self._client.client_id), to_text(transaction.nonce),
            tokens.access_token, self._max_age, self._acr_values), self._clock())
        return claims


def claims_of_userinfo(client, access_token, subject, algorithms):
    """Return the claims of the userinfo endpoint, a dict; it is empty if there is none.

    :param client: a :class:`~trac_unit.oidc.provider.client.Client`
    :param subject: whose they have to be, text
    :param algorithms: what they may be signed with
    :raises ProviderError: it gave no usable answer
    :raises TokenError: they are another's, or break a rule
    """
    userinfo = client.userinfo(access_token, algorithms)
    if userinfo is None:
        return {}
    if userinfo.get('sub') != subject:
        # Another's claims on this person's token: OpenID Connect Core section 5.3.2.
        raise TokenError('userinfo_sub', 'expected userinfo for the subject %s, got %s'
                         % (shown(subject), shown(userinfo.get('sub'))))
    return userinfo


def identity_of(id_claims, userinfo, names):
    """Return what :func:`~trac_unit.oidc.rules.identity.identify` does, and log what it lacks."""
    identity = identify(id_claims, userinfo, names)
    for remark in remarks(id_claims, userinfo, names):
        log.log(logging.WARNING if remark.serious else logging.INFO, 'subject=%s %s',
                shown(identity.subject), remark.text)
    return identity


def sid_of(claims):
    """Return the provider's own name of its session, text, or None if an ID token has none."""
    sid = claims.get('sid')
    return sid if isinstance(sid, text_type) else None
