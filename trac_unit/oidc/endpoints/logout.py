"""Signing out: Trac's ``/logout``, and the page behind it."""

import logging

import webob

from ...errors import BadRequest, ProviderError, TracUnitError, shown
from ...pages.page import Link, page
from ..browser.request import see_other
from ..browser.transaction import Transaction
from ..rules.authorization_response import parse_authorization_response
from .browser_endpoint import BrowserEndpoint

log = logging.getLogger(__name__)

_FORMS = ('application/x-www-form-urlencoded', 'multipart/form-data')


class Logout(BrowserEndpoint):
    """Lets Trac check its form token; if it agrees, ends the session.

    :param application: Trac
    :param client: a :class:`~trac_unit.oidc.provider.client.Client`
    :param provider_logout: whether the provider's session ends too; the tokens,
        which are ours, are revoked in any case
    :param parts: those of :class:`.browser_endpoint.BrowserEndpoint`
    """

    def __init__(self, application, client, provider_logout, *parts):
        BrowserEndpoint.__init__(self, *parts)
        self._application = application
        self._client = client
        self._provider_logout = provider_logout

    def __call__(self, request, session):
        kind = request.environ.get('CONTENT_TYPE', '').split(';')[0].strip()
        if kind not in _FORMS:
            # Trac asks for its token in these forms only: text/plain would need none.
            raise BadRequest('form_type', 'expected a form, got %s' % shown(kind[:80]))
        status, headers, body, exc_info = webob.Request(request.environ).call_application(
            self._application, catch_exc_info=True)
        if not status.startswith('30'):
            def as_it_is(environ, start_response):
                start_response(status, headers, exc_info)
                return body
            return as_it_is
        if hasattr(body, 'close'):
            body.close()
        self._sessions.end(request)
        response = self._farewell(request, session)
        self._revoke(session)
        for name, value in headers:
            if name.lower() == 'set-cookie':
                response.headers.add(name, value)
        self._sessions.forget(request, response)
        return response

    def _farewell(self, request, session):
        """Send the browser to the provider's end of session, or to our page."""
        signed_out = request.external(self._addresses.signed_out)
        if self._provider_logout:
            transaction = Transaction(request.link(request.base_path + '/'),
                                      request.base_path + '/login', signed_out)
            try:
                url = self._client.end_session_url(session.tokens.id_token, signed_out,
                                                   transaction.state)
            except ProviderError:
                url = None  # the page will say that the provider's session may live on
            if url is not None:
                response = see_other(url)
                self._transactions.add(transaction, request.cookies, response, self._clock())
                return response
        return see_other(signed_out)

    def _revoke(self, session):
        """Have the provider forget the tokens, which nobody has any more: RFC 7009."""
        try:
            self._client.revoke(session.tokens)
        except ProviderError as e:
            # They end by themselves; the person is signed out in any case.
            log.warning('reason=%s the tokens of the subject %s are not revoked: %s',
                        e.reason, shown(session.identity.subject), e)


class SignedOut(BrowserEndpoint):
    """The page after signing out, here or at the provider."""

    def __call__(self, request):
        request.allow('GET', 'HEAD')
        if self._sessions.current(request) is not None:
            return page('200 OK', 'You are signed in', ['You are still signed in to this Trac.'],
                        [Link(request.link('/'), 'Go to the start page')])
        transaction = self._transaction_of(request)
        if transaction is None:
            return page('200 OK', 'You are signed out', [
                'You are signed out of this Trac.',
                'You may still be signed in at your identity provider. On a computer that others '
                'use, sign out there too, or close the browser.'],
                [Link(request.link('/'), 'Go to the start page')])
        response = page('200 OK', 'You are signed out', [
            'You are signed out of this Trac and at your identity provider.'],
            [Link(transaction.return_to, 'Go to the start page'),
             Link(request.link(transaction.login_path), 'Sign in again')])
        self._transactions.forget(transaction, request.cookies, response)
        return response

    def _transaction_of(self, request):
        """The sign-out that the provider answers: RP-Initiated Logout 1.0 section 3, or None."""
        try:
            fields = parse_authorization_response(request.query)
            transaction = self._transactions.open(request.cookies, fields['state'], self._clock())
        except TracUnitError:
            return None
        matches = transaction.redirect_uri == request.external(self._addresses.signed_out)
        return transaction if matches else None
