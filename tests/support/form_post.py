"""The provider's answer as a form that another site has the browser send."""
import io

from trac_unit._compat import urlencode

HTTPS = 'https://trac.example.org'
FORM = 'application/x-www-form-urlencoded'


def post(journey, fields, content_type=FORM, body=None, **environ):
    """Send the form to the callback; `environ` can lie about it."""
    body = urlencode(fields).encode('ascii') if body is None else body
    environ = dict({'CONTENT_TYPE': content_type, 'CONTENT_LENGTH': str(len(body)),
                    'wsgi.input': io.BytesIO(body)}, **environ)
    return journey.web.request('/oidc/callback', method='POST', status='*', environ=dict(
        journey.web.extra_environ, REQUEST_METHOD='POST', **environ))
