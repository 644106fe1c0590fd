"""An OpenID provider that `trac-unit check` asks, and what it says then."""

import time

import pytest
from support.checking import found

from trac_unit.cli.checks import provider as theme


SECRET = 'hush-hush-4e2a'


@pytest.fixture
def settings(provider):
    # No environment is looked at here.
    return {'TRAC_ENV': '/nowhere/trac', 'TRAC_OIDC_ISSUER': provider.issuer,
            'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_SECRET': SECRET}


@pytest.fixture
def ask(settings):
    """Ask the provider, with more settings; returns {subject: (mark, found, mend)}."""
    def ask_it(clock=time.time, **more):
        results = found(theme.asked, dict(settings, **more), clock=clock)
        told = dict((subject, (mark, text, mend)) for mark, subject, text, mend in results)
        assert len(told) == len(results)
        for result in results:
            assert result[0] != 'error' or result[3], 'an error without what mends it'
            assert '\n' not in result[2]
        return told
    return ask_it


def marks(told):
    return set(mark for mark, _, _ in told.values())


def hooked(**changes):
    """A hook that changes the discovery document; None takes a value out."""
    def hook(document):
        for name, value in changes.items():
            document[name] = value
            if value is None:
                del document[name]
        return document
    return hook
