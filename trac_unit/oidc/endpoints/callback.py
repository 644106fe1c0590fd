"""The redirect URI: where the provider's answer to a sign-in arrives."""

from ...errors import BadRequest, TracUnitError
from ...pages.error_page import error_page
from ...pages.page import Link
from ..rules.authorization_response import parse_authorization_response
from ..rules.parameters import MAX_FORM
from ..rules.redirects import safe_path
from .browser_endpoint import BrowserEndpoint


class Callback(BrowserEndpoint):
    """Finishes a sign-in with the provider's answer: OpenID Connect Core 1.0 section 3.1.2.5.

    :param sign_in: a :class:`~trac_unit.oidc.flows.sign_in.SignIn`
    :param parts: those of :class:`.browser_endpoint.BrowserEndpoint`
    """

    def __init__(self, sign_in, *parts):
        BrowserEndpoint.__init__(self, *parts)
        self._sign_in = sign_in

    def __call__(self, request):
        form_post = self._sign_in.response_mode == 'form_post'
        request.allow('POST' if form_post else 'GET')
        home = Link(request.link('/'), 'Go to the start page')
        try:
            fields = parse_authorization_response(request.form(), MAX_FORM) if form_post else \
                parse_authorization_response(request.query)
            transaction = self._transactions.open(request.cookies, fields['state'], self._clock())
        except TracUnitError as e:
            # Which of many environments it was for, only the transaction knew.
            again = [] if self._addresses.many else [Link(request.link('/login'), 'Sign in again')]
            return error_page(e, again + [home])
        try:
            response = self._signed_in(request, fields, transaction)
        except TracUnitError as e:
            response = error_page(e, [
                Link(request.link(transaction.login_path), 'Sign in again'), home])
        self._transactions.forget(transaction, request.cookies, response)
        return response

    def _signed_in(self, request, fields, transaction):
        here = request.external(self._addresses.callback)
        if transaction.redirect_uri != here:
            raise BadRequest('redirect_uri', 'expected the answer at %s, got it at %s'
                             % (transaction.redirect_uri, here))
        session = self._sign_in.complete(fields, transaction)
        response = request.redirect(safe_path(transaction.return_to, request.base_url)
                                    or request.link('/'))
        self._sessions.start(request, response, session)
        return response
