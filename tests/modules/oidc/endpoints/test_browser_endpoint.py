"""What the addresses have in common that browsers come to when they sign in or out."""

import pytest

from trac_unit.oidc.endpoints.browser_endpoint import BrowserEndpoint
from trac_unit.oidc.endpoints.callback import Callback
from trac_unit.oidc.endpoints.login import Login
from trac_unit.oidc.endpoints.logout import Logout, SignedOut


@pytest.mark.parametrize('kind, own', [
    (Login, ['sign_in']), (Callback, ['sign_in']), (SignedOut, []),
    (Logout, ['application', 'client', 'provider_logout'])])
def test_each_keeps_its_own_parts_and_the_common_ones(kind, own):
    names = own + ['transactions', 'sessions', 'addresses', 'clock']
    endpoint = kind(*names)
    assert isinstance(endpoint, BrowserEndpoint)
    assert vars(endpoint) == dict(('_' + name, name) for name in names)
