"""A Trac environment to check, as its owner, a stranger or this process."""

import os
import shutil

import pytest

from support.checking import context, make_environment
from trac_unit.cli.host.accounts import Account


STRANGER = Account('stranger', 54321, 54321, ())


@pytest.fixture(scope='module')
def made(tmpdir_factory):
    return make_environment(str(tmpdir_factory.mktemp('made').join('trac')))


@pytest.fixture
def path(made, tmpdir):
    path = str(tmpdir.join('trac'))
    shutil.copytree(made, path)
    return path


@pytest.fixture
def settings(path):
    return {'TRAC_ENV': path}


@pytest.fixture
def signed_in(settings):
    return dict(settings, TRAC_OIDC_ISSUER='http://127.0.0.1:1', TRAC_OIDC_CLIENT_ID='trac')


@pytest.fixture
def owner(path):
    """An account that owns the environment and is not that of this process."""
    status = os.stat(path)
    return Owner('owner', status.st_uid, status.st_gid, ())


class Owner(Account):
    current = False

    def _fits(self, path, how):
        # As root is judged by nothing, it is asked for the bits alone.
        status = os.stat(path)
        wanted = sum({'r': 4, 'w': 2, 'x': 1}[letter] for letter in how)
        return (status.st_mode >> 6) & wanted == wanted


def as_account(account, settings, **more):
    looked_at = context(settings, **more)
    looked_at.account = account
    return looked_at


def marks(results):
    return set(result[0] for result in results)
