"""`trac-unit config` as tests run it, without settings of this process."""

import json
import os

import pytest

from trac_unit.cli.main import main


SECRET = 'hidden-9Qz'
SIGN_IN = {'TRAC_OIDC_ISSUER': 'https://login.example.org', 'TRAC_OIDC_CLIENT_ID': 'trac'}


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    """Set environment variables; none of Trac's is there before."""
    for name in list(os.environ):
        if name.startswith('TRAC_') or name == 'PYTHON_EGG_CACHE':
            monkeypatch.delenv(name)

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)
    return set_all


@pytest.fixture
def config(capsys):
    """Run `trac-unit config` and return its configuration and its notes."""
    def run(*arguments):
        status = main(('config',) + arguments)
        captured = capsys.readouterr()
        assert status == 0, captured.err
        return json.loads(captured.out), captured.err
    return run


@pytest.fixture
def refused(capsys):
    """Run `trac-unit config`, which has to refuse, and return the sentence."""
    def run(*arguments):
        status = main(('config',) + arguments)
        captured = capsys.readouterr()
        assert (status, captured.out) == (2, '')
        assert 'Traceback' not in captured.err
        return captured.err
    return run


def application(configuration):
    return configuration['applications']['trac']
