"""What a monitor is told."""
import json

import pytest

from support.oidc_request import oidc_request
from support.store_kinds import (NOW, kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind)
from trac_unit.errors import StoreError
from trac_unit.oidc.browser.request import MethodNotAllowed
from trac_unit.oidc.endpoints.health import Health


@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_with_a_store_that_answers_all_is_well(method, kind):  # noqa: F811
    response = Health(kind.open(), lambda: NOW)(oidc_request('/oidc/health', method))
    assert response.status == '200 OK'
    assert response.content_type == 'application/json'
    assert response.headers['Cache-Control'] == 'no-store'
    assert json.loads(response.body.decode('ascii')) == {'status': 'ok'}


def test_the_store_is_asked_each_time_and_its_error_is_the_layers_to_show():
    class Store(object):
        asked = 0

        def get(self, secret, now):
            Store.asked += 1
            assert (secret, now) == ('', NOW)
            if Store.asked == 2:
                raise StoreError('store', 'expected a store, got none')

    health = Health(Store(), lambda: NOW)
    assert health(oidc_request('/oidc/health')).status_int == 200
    with pytest.raises(StoreError):
        health(oidc_request('/oidc/health'))
    assert health(oidc_request('/oidc/health')).status_int == 200


@pytest.mark.parametrize('method', ['POST', 'PUT', 'get', ''])
def test_another_method_is_refused_and_asks_no_store(method):
    with pytest.raises(MethodNotAllowed) as caught:
        Health(None, None)(oidc_request('/oidc/health', method))
    assert caught.value.reason == 'method'
