# -*- coding: utf-8 -*-
"""The provider that others wrote and had certified, oidc-provider from npm, run for one test.

Needs Node.js 20.20 or newer with npm, and the npm registry or a cache of it.
"""
import io
import json
import os
import re
import shutil
import subprocess

import pytest
import requests

from support.interop_site import CALLBACK, LOGGED_OUT, SIGNED_OUT
from support.jws import new_key
from support.serving import NodeServer, Unavailable, find_program, skip_unless_required

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'npm')
NODE = (20, 20)
INSTALLING = 300  # seconds
SECRET = 'a secret: 100% of it + more, with some to spare'  # what HTTP Basic garbles as it is
KEYS = (20, 21, 22)  # as new_key() numbers them; the clients' are others
USERS = {
    'alice': {'preferred_username': u'alice', 'name': u'Alice Liddell',
              'email': u'alice@example.org', 'email_verified': True},
    'bob': {'preferred_username': u'bob', 'name': u'Bob'},
    'zofie': {'preferred_username': u'žofie', 'name': u'Žofie Nováková',
              'email': u'zofie@example.org', 'email_verified': True},
    'nameless': {'name': u'Nobody'},
}


@pytest.fixture(scope='session')
def node_program(tmpdir_factory):
    """The folder with the provider and what it needs, installed once."""
    try:
        require_node()
        npm = find_program('npm')
    except Unavailable as e:
        skip_unless_required(e)
    folder = str(tmpdir_factory.mktemp('interop'))
    for name in ('package.json', 'provider.mjs'):
        shutil.copy(os.path.join(SOURCES, name), folder)
    install = subprocess.Popen(
        ['timeout', str(INSTALLING), npm, 'install', '--prefer-offline', '--no-audit',
         '--no-fund', '--ignore-scripts', '--no-package-lock'],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = install.communicate()[0].decode('utf-8', 'replace')
    assert install.returncode == 0, 'npm install failed:\n' + output
    return folder


def require_node():
    """Raise Unavailable unless there is a Node.js that the provider runs on."""
    output = subprocess.check_output([find_program('node'), '--version']).decode('ascii')
    version = tuple(int(part) for part in re.findall(r'\d+', output)[:2])
    if version < NODE:
        raise Unavailable('Node.js %d.%d or newer is needed, not %s' % (NODE + (output.strip(),)))


class NpmProvider(NodeServer):
    """The provider, with one client: the Trac at an address.

    program: what node_program gives.
    configuration: a folder, and in a dict what provider.mjs says of its file.
    site: the address of Trac.
    client: the client's metadata beyond its addresses, a dict.
    certificate: of serving, to speak https with at localhost; None: http at 127.0.0.1.
    """

    def __init__(self, program, folder, site, client, certificate=None, **configuration):
        self._certificate = certificate
        path = os.path.join(str(folder), 'provider.json')
        metadata = dict({
            'client_id': 'trac', 'redirect_uris': [site + CALLBACK],
            'post_logout_redirect_uris': [site + SIGNED_OUT]}, **client)
        if certificate is not None:
            metadata['backchannel_logout_uri'] = site + LOGGED_OUT
            configuration['certificate'] = certificate.path
        configuration.update(clients=[metadata], users=USERS, keys=[
            [new_key(None, alg, number).pem().decode('ascii') for alg in ('RS256', 'ES256')]
            for number in KEYS])
        with io.open(path, 'wb') as file:
            file.write(json.dumps(configuration).encode('ascii'))
        NodeServer.__init__(self, program, ['provider.mjs', path], {
            'NODE_EXTRA_CA_CERTS': certificate.path if certificate else ''})

    def events(self):
        """What has happened at the provider since the last call, a list of text."""
        return self._ask('events')

    def rotate(self):
        """Have it sign with new keys from now on, twice at most."""
        self._ask('rotate')

    def withdraw(self, login):
        """Have it know that person no more."""
        self._ask('withdraw/' + login)

    def _ask(self, what):
        response = requests.get('%s/test/%s' % (self.url, what), verify=self._certificate.path)
        assert response.status_code == 200, response.text
        return response.json()


def answer_provider(browser, login):
    """Fill in the provider's forms, sign-in and consent, as long as it shows some."""
    for _ in range(2):
        form = browser.page.form('/interaction/')
        if form.fields['prompt'] == 'login':
            browser.submit(form, login=login, password=u'any')
        else:
            assert form.fields['prompt'] == 'consent'
            browser.submit(form)
        if '/interaction/' not in browser.page.url:
            return browser.page
    raise AssertionError('the provider asks on: ' + browser.page.text)


def end_provider_session(browser):
    """Confirm on the page that the provider shows to who signs out; return where that leads."""
    return browser.submit(browser.page.form('op.logoutForm'), logout=u'yes')
