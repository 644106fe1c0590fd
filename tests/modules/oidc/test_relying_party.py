"""The relying party that the settings ask for."""

import os

import pytest

from trac_unit.oidc.middleware import OIDCMiddleware
from trac_unit.oidc.relying_party import default_store, session_store, sign_in_layer
from trac_unit.settings.config import Config


@pytest.fixture
def settings(tmpdir):
    return {'TRAC_ENV': str(tmpdir.mkdir('env')), 'TRAC_OIDC_ISSUER': 'https://id.example.org',
            'TRAC_OIDC_CLIENT_ID': 'trac'}


def test_sign_in_is_one_layer_and_is_made_without_a_file(settings):
    def application(environ, start_response):
        raise NotImplementedError

    layer = sign_in_layer(application, Config.from_environ(settings), clock=lambda: 0)
    assert isinstance(layer, OIDCMiddleware) and layer.application is application
    assert os.listdir(settings['TRAC_ENV']) == []


def test_the_session_store_is_a_hidden_file_in_the_environment():
    assert default_store('/srv/trac') == 'sqlite:///srv/trac/.trac-unit-sessions.db'


@pytest.mark.parametrize('name', [None, 'elsewhere.db'])
def test_the_session_store_is_that_file_unless_a_setting_names_another(name, settings, tmpdir):
    expected = os.path.join(settings['TRAC_ENV'], '.trac-unit-sessions.db')
    if name:
        expected = str(tmpdir.join(name))
        settings['TRAC_OIDC_SESSION_STORE'] = 'sqlite://' + expected
    assert session_store(Config.from_environ(settings)).get('x', 0) is None
    assert os.path.isfile(expected)
