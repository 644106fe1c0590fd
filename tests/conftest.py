"""Fixtures: Trac environments, providers, and the composed application."""

import logging
import os
import shutil

import pytest
from trac.admin.console import TracAdmin
from trac.env import Environment

from support import garbage, installed_packages
from support.clock import Clock
from support.journey import SECRET, Journey
from support.provider import Provider

installed_packages.remember()


def pytest_collection_finish(session):
    """All tests are loaded."""
    garbage.collect_seldom()


def create_environment(path):
    """Make a Trac environment at `path`, in which whoever is signed in can make tickets."""
    environment = Environment(path, create=True, options=[
        ('project', 'name', 'Test Project'), ('trac', 'database', 'sqlite:db/trac.db'),
        ('logging', 'log_type', 'none')])
    admin = TracAdmin(path)
    admin.env_set(path, environment)
    admin.onecmd('permission add authenticated TICKET_CREATE')
    environment.shutdown()
    return path


@pytest.fixture(scope='session')
def environment_template(tmpdir_factory):
    """The path of a fresh Trac environment, made once and never served."""
    return create_environment(str(tmpdir_factory.mktemp('template').join('trac')))


@pytest.fixture
def environment(environment_template, tmpdir):
    """The path of a Trac environment of this test's own."""
    path = str(tmpdir.join('trac'))
    shutil.copytree(environment_template, path)
    return path


@pytest.fixture
def parent_dir(environment_template, tmpdir):
    """The path of a folder with the environments ``one`` and ``two``."""
    parent = str(tmpdir.mkdir('projects'))
    for name in ('one', 'two'):
        shutil.copytree(environment_template, os.path.join(parent, name))
    return parent


@pytest.fixture
def provider():
    """An OpenID provider that can misbehave, on a loopback socket."""
    with Provider(client_id='trac', client_secret=SECRET) as running:
        yield running


@pytest.fixture
def settings(environment, provider):
    """The environment variables of a Trac with sign-in, a dict."""
    return {'TRAC_ENV': environment, 'TRAC_OIDC_ISSUER': provider.issuer,
            'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_SECRET': SECRET,
            # It changes the collector of this very process.
            'TRAC_UNIT_TUNING': 'off'}


@pytest.fixture
def many_settings(settings, parent_dir):
    """The environment variables of several Tracs with sign-in, a dict."""
    several = dict(settings, TRAC_ENV_PARENT_DIR=parent_dir)
    del several['TRAC_ENV']
    return several


@pytest.fixture
def clock():
    """A clock that moves when a test says so."""
    return Clock()


@pytest.fixture
def journey(settings, clock, caplog):
    """One browser at the application of `settings`."""
    caplog.set_level(logging.INFO, logger='trac_unit')
    return Journey(settings, clock)


@pytest.fixture
def log(caplog):
    """What was logged, as a function that returns the text."""
    caplog.set_level(logging.INFO, logger='trac_unit')
    return lambda: '\n'.join(record.getMessage() for record in caplog.records)
