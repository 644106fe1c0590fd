"""A browser between the composed application, in process, and a provider on a socket."""

import re

import requests
from webtest import TestApp

from trac_unit.app import make_application
from trac_unit.settings.config import Config

BASE = 'http://trac.example.org'
SECRET = 'provider-test-secret'


class Journey(object):
    """One person's way through sign-in, one step a method.

    :param settings: the environment variables, a dict
    :param clock: the application's clock
    :param application: the application, if it is another browser at the same one
    """

    def __init__(self, settings, clock, application=None):
        self.settings = settings
        self.clock = clock
        self.application = application or make_application(Config.from_environ(settings), clock)
        self.web = TestApp(self.application, extra_environ={
            'HTTP_HOST': BASE[len('http://'):], 'REMOTE_ADDR': '192.0.2.1',
            # Else its cookie jar would keep the cookies of a Trac on https to itself.
            'wsgi.url_scheme': settings.get('TRAC_BASE_URL', BASE).partition(':')[0]})

    def another_browser(self):
        """Return a journey at the same application, with a cookie jar of its own."""
        return Journey(self.settings, self.clock, self.application)

    def login(self, path='/login', **headers):
        """Begin a sign-in; return the URL at the provider."""
        response = self.web.get(path, headers=headers, status=303)
        return response.location

    def authorize(self, url, **parameters):
        """Have the provider answer; return the path and query of the callback."""
        response = requests.get(url, params=parameters, allow_redirects=False)
        assert response.status_code in (302, 303), response.text
        location = response.headers['Location']
        assert location.startswith(BASE + '/'), location
        return location[len(BASE):]

    def authorize_by_form(self, url, **parameters):
        """Have the provider answer with a form; return the address that it goes to, and it."""
        response = requests.get(url, params=parameters, allow_redirects=False)
        assert response.status_code == 200, response.text
        action = re.search('action="([^"]*)"', response.text).group(1)
        fields = re.findall('name="([^"]*)" value="([^"]*)"', response.text)
        return action, [tuple(part.replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&')
                              for part in field) for field in fields]

    def callback(self, target, status=None):
        """Bring the provider's answer back; return the response."""
        return self.web.get(target, status=status or '*')

    def sign_in(self, path='/login', **headers):
        """The whole way; return the response that ends it."""
        return self.callback(self.authorize(self.login(path, **headers)))

    def user(self, path='/wiki'):
        """Return whom Trac takes this browser for; None for anonymous."""
        response = self.web.get(path, status=200)
        match = re.search(u'logged in as\\s*<[^>]*>([^<]*)<', response.text)
        return match.group(1) if match else None

    def logout(self, path='/wiki', action='/logout', token=None):
        """Press Trac's Logout button; return the response."""
        page = self.web.get(path)
        if token is None:
            token = re.search(r'name="__FORM_TOKEN"[^>]*value="([0-9a-f]+)"', page.text).group(1)
        return self.web.post(action, {'__FORM_TOKEN': token}, status='*')

    @property
    def cookies(self):
        """This browser's cookies, a dict."""
        return dict(self.web.cookies)
