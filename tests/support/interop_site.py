# -*- coding: utf-8 -*-
"""What the tests with other people's providers share: Trac at https, in this process, on a clock.

The provider is at the host localhost and Trac at 127.0.0.1, so that they are two sites to a
browser, and the provider, which runs on the machine's time, need not wait for Trac to ask again.
"""
import pytest
from webtest.http import StopableWSGIServer

from support.browser import Browser
from support.clock import Clock
from support.serving import Certificate, Front
from trac_unit.app import make_application
from trac_unit.settings.config import Config

CALLBACK, SIGNED_OUT, LOGGED_OUT = '/oidc/callback', '/oidc/signed-out', '/oidc/backchannel-logout'

#: Seconds until Trac asks the provider again, in the tests of that.
INTERVAL = 30


@pytest.fixture(scope='session')
def certificate(tmpdir_factory):
    """What every server here shows, and every browser and Trac trusts."""
    return Certificate(str(tmpdir_factory.mktemp('interop-tls').join('server.pem')))


@pytest.fixture
def site(environment, certificate, log):
    """A Site, which is not started yet."""
    with Front(certificate) as front:
        site = Site(front, environment, certificate, log)
        yield site
        site.stop()


class Site(object):
    """Trac behind a Front, whose address a provider has to know before Trac can be started.

    Start it once the provider is there; .clock is what it goes by.
    """

    def __init__(self, front, environment, certificate, log):
        self.url = front.url
        self.environment = environment
        self.clock = Clock()
        self.log = log
        self._front = front
        self._certificate = certificate

    def start(self, issuer, **settings):
        """Serve Trac with sign-in at a provider; the settings lack their prefix TRAC_OIDC_."""
        variables = {'TRAC_ENV': self.environment, 'TRAC_BASE_URL': self.url,
                     'TRAC_UNIT_TUNING': 'off', 'TRAC_OIDC_ISSUER': issuer,
                     'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CA_FILE': self._certificate.path}
        variables.update(('TRAC_OIDC_' + name, value) for name, value in settings.items())
        self._front.target = StopableWSGIServer.create(
            make_application(Config.from_environ(variables), self.clock), host='127.0.0.1')
        self._front.target.port = self._front.target.effective_port

    def stop(self):
        if self._front.target is not None:
            self._front.target.shutdown()
            self._front.target.runner.join(20)

    def browser(self):
        """A new browser, of somebody who has been nowhere yet."""
        return Browser(ssl_context=self._certificate.trusting_context())

    def wait(self):
        """Let the time pass after which Trac asks the provider again."""
        self.clock.offset += INTERVAL

    def refusals(self):
        """The log's lines that tell why something was refused."""
        return [line for line in self.log().splitlines() if 'reason=' in line]
