"""A request to the sign-in layer, without a server and without an application around it."""
import io

from support.form_post import FORM, HTTPS
from trac_unit.oidc.browser.base_url import BaseURL
from trac_unit.oidc.browser.cookies import SessionCookie
from trac_unit.oidc.browser.request import Request


def oidc_request(path='/', method='GET', query='', base_url=HTTPS, cookie='__Host-session',
                 form=None, **environ):
    """A :class:`Request`.

    :param base_url: the URL of Trac
    :param cookie: the name of the session cookie
    :param form: the body of a form, bytes, or None
    :param environ: further keys of the WSGI environ
    """
    made = {'PATH_INFO': path, 'REQUEST_METHOD': method, 'QUERY_STRING': query}
    if form is not None:
        made.update({'CONTENT_TYPE': FORM, 'CONTENT_LENGTH': str(len(form)),
                     'wsgi.input': io.BytesIO(form)})
    return Request(dict(made, **environ), BaseURL(base_url), SessionCookie(cookie))
