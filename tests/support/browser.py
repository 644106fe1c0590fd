# -*- coding: utf-8 -*-
"""A scripted browser: cookies, redirects and forms, with the rules of a real browser.

It speaks HTTP through the standard library alone. Where a real browser would silently drop a
cookie, it raises AssertionError: the server under test has a defect then.
"""
import calendar
import email.utils
import re
import time

try:
    from html.parser import HTMLParser
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit
except ImportError:  # Python 2.7
    from HTMLParser import HTMLParser
    from httplib import HTTPConnection, HTTPSConnection
    from urllib import quote, urlencode
    from urlparse import urldefrag, urljoin, urlsplit

MAX_REDIRECTS = 20
MAX_COOKIE = 4096  # bytes of name and value together: RFC 6265bis section 5.7
REDIRECTS = (301, 302, 303, 307, 308)


class Browser(object):
    """One tab; tab() opens another that shares the cookies.

    clock: returns the time in seconds, for the age of cookies.
    ssl_context: for https servers, as HTTPSConnection takes it.
    """

    def __init__(self, clock=time.time, ssl_context=None, jar=None):
        self.jar = CookieJar(clock) if jar is None else jar
        self.page = None  # the Response shown now
        self._ssl_context = ssl_context

    def tab(self):
        return Browser(ssl_context=self._ssl_context, jar=self.jar)

    def get(self, url, headers=None, follow=True, click=False):
        """Open a URL as if typed, or with click=True as if a link on the current page was used.

        url: absolute, or relative to the current page.
        headers: more request headers, a dict.
        follow: whether redirects are followed.
        """
        return self._go('GET', url, None, headers, follow, self._origin_page(click))

    def click(self, url, headers=None, follow=True):
        """Follow a link of the current page: with a Referer, and bound by SameSite."""
        return self.get(url, headers, follow, click=True)

    def post(self, url, data=(), headers=None, follow=True, click=False):
        """POST a form of (name, value) pairs, a dict, or bytes that are sent as they are."""
        if not isinstance(data, bytes):
            data = form_encode(data)
        return self._go('POST', url, data, headers, follow, self._origin_page(click))

    def submit(self, form, **changes):
        """Submit a Form of the current page with some fields changed, or with None left out."""
        fields = dict(form.fields, **changes)
        data = form_encode((name, value) for name, value in fields.items() if value is not None)
        if form.method == 'POST':
            return self.post(form.action, data, click=True)
        return self.click(form.action.partition('?')[0] + '?' + data.decode('ascii'))

    def cookie(self, name):
        """The value of the one live cookie with this name, or None."""
        found = [cookie for cookie in self.jar.live() if cookie.name == name]
        assert len(found) < 2, 'more than one cookie %s' % name
        return found[0].value if found else None

    def _origin_page(self, click):
        return self.page.url if click and self.page else None

    def _go(self, method, url, body, headers, follow, origin):
        url = absolute(self.page.url if self.page else '', url)
        history = []
        while True:
            response = self._exchange(method, url, body, headers, origin)
            response.history = list(history)
            self.page = response
            location = response.header('Location')
            if not follow or response.status not in REDIRECTS or location is None:
                return response
            history.append(response)
            assert len(history) <= MAX_REDIRECTS, 'more than %d redirects' % MAX_REDIRECTS
            url = absolute(url, location)
            if response.status < 307:
                method, body = 'GET', None

    def _exchange(self, method, url, body, headers, origin):
        parts = urlsplit(url)
        assert parts.scheme in ('http', 'https') and parts.hostname, 'not a web address: ' + url
        connection = self._connection(parts)
        target = (parts.path or '/') + ('?' + parts.query if parts.query else '')
        connection.request(method, target, body, self._headers(method, url, body, headers, origin))
        answer = connection.getresponse()
        try:
            response = Response(url, answer.status, answer.reason, header_pairs(answer),
                                answer.read())
        finally:
            connection.close()
        for value in response.headers_named('Set-Cookie'):
            self.jar.add(url, value)
        return response

    def _connection(self, parts):
        if parts.scheme == 'https':
            return HTTPSConnection(parts.hostname, parts.port, timeout=30,
                                   context=self._ssl_context)
        return HTTPConnection(parts.hostname, parts.port, timeout=30)

    def _headers(self, method, url, body, extra, origin):
        headers = {'Accept': 'text/html,*/*;q=0.8', 'Connection': 'close'}
        if body is not None:
            headers['Content-Type'] = 'application/x-www-form-urlencoded'
        if origin is not None:
            headers['Referer'] = origin
            if method == 'POST':
                headers['Origin'] = '%s://%s' % urlsplit(origin)[:2]
        cookies = self.jar.header(url, method, origin)
        if cookies:
            headers['Cookie'] = cookies
        headers.update((native(name), native(value)) for name, value in (extra or {}).items())
        return headers


class CookieJar(object):
    """The cookies of one person: RFC 6265bis. Ports are no border between cookies."""

    def __init__(self, clock=time.time):
        self._clock = clock
        self._cookies = []

    def add(self, url, set_cookie):
        """Take one Set-Cookie value, which replaces or deletes the cookie of the same identity."""
        new = Cookie(url, set_cookie, self._clock())
        self._cookies = [cookie for cookie in self._cookies if cookie.identity != new.identity]
        self._cookies.append(new)

    def live(self):
        """The Cookies that have not expired, the longest path first: section 5.8.3."""
        now = self._clock()
        cookies = [cookie for cookie in self._cookies if cookie.expires > now]
        return sorted(cookies, key=lambda cookie: -len(cookie.path))

    def header(self, url, method='GET', origin=None):
        """The Cookie request header for a URL, opened from the page at origin, if any."""
        return '; '.join('%s=%s' % (cookie.name, cookie.value) for cookie in self.live()
                         if cookie.goes_to(url, method, origin))

    def clear(self):
        self._cookies = []


class Cookie(object):
    """One cookie as parsed from Set-Cookie: RFC 6265bis sections 5.6 and 5.7.

    Raises AssertionError for a cookie that a browser would drop.
    """

    def __init__(self, url, set_cookie, now):
        pair, _, rest = set_cookie.partition(';')
        name, equals, value = pair.partition('=')
        self.name, self.value = name.strip(), value.strip()
        parts = urlsplit(url)
        attributes = read_attributes(rest)
        self.secure = 'secure' in attributes
        self.httponly = 'httponly' in attributes
        self.samesite = attributes.get('samesite', '').lower()
        self.domain = attributes.get('domain', '').lstrip('.').lower()
        self.host = self.domain or parts.hostname
        self.path = attributes.get('path', '')
        if not self.path.startswith('/'):
            self.path = default_path(parts.path)
        self.expires = expiry(attributes, now)
        self._check(equals, set_cookie, parts, attributes)

    @property
    def identity(self):
        return self.name, self.host, bool(self.domain), self.path

    def goes_to(self, url, method, origin):
        """Whether a browser sends this cookie: RFC 6265bis section 5.8.3."""
        parts = urlsplit(url)
        if self.domain:
            same_host = domain_matches(parts.hostname, self.domain)
        else:
            same_host = parts.hostname == self.host
        return (same_host
                and path_matches(parts.path or '/', self.path)
                and (parts.scheme == 'https' or not self.secure)
                and self._same_site_allows(parts.hostname, method, origin))

    def _same_site_allows(self, hostname, method, origin):
        # A host counts as a site of its own here. No SameSite means Lax, as in Chromium.
        if origin is None or urlsplit(origin).hostname == hostname or self.samesite == 'none':
            return True
        return self.samesite != 'strict' and method == 'GET'

    def _check(self, equals, set_cookie, parts, attributes):
        for rule, kept in (
                ('a cookie has a name', equals and self.name),
                ('a cookie holds no control characters',
                 not re.search(r'[\x00-\x08\x0a-\x1f\x7f]', set_cookie)),
                ('name and value take at most 4096 bytes',
                 len(self.name) + len(self.value) <= MAX_COOKIE),
                ('Domain covers the host that sets it',
                 not self.domain or domain_matches(parts.hostname, self.domain)),
                ('Secure needs https', not self.secure or parts.scheme == 'https'),
                ('SameSite=None needs Secure', self.samesite != 'none' or self.secure),
                ('__Secure- needs Secure',
                 not self.name.lower().startswith('__secure-') or self.secure),
                ('__Host- needs Secure, Path=/ and no Domain',
                 not self.name.lower().startswith('__host-') or (
                     self.secure and attributes.get('path') == '/' and not self.domain))):
            assert kept, '%s: a browser drops the cookie %s' % (rule, self.name)


class Response(object):
    """What a server answered; headers is a list of pairs, history the redirects on the way."""

    def __init__(self, url, status, reason, headers, body):
        self.url = url
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.history = []

    def __repr__(self):
        return '<Response %d %s>' % (self.status, self.url.partition('?')[0])

    @property
    def text(self):
        charset = re.search(r'charset="?([\w.:-]+)', self.header('Content-Type') or '')
        return self.body.decode(charset.group(1) if charset else 'utf-8', 'replace')

    def header(self, name):
        """The first header of this name, or None."""
        return (self.headers_named(name) or [None])[0]

    def headers_named(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def forms(self):
        return FormReader(self.url).read(self.text)

    def form(self, which=0):
        """The Form with this index, this id, or this text within its action."""
        forms = self.forms
        if isinstance(which, int):
            forms = forms[which:which + 1]
        else:
            forms = ([form for form in forms if form.id == which]
                     or [form for form in forms if which in form.action])
        assert forms, 'no form %r in %r' % (which, self)
        return forms[0]


class Form(object):
    """A form: its absolute action, method, id, fields as a browser would send them, and buttons.

    fields and buttons are dicts of name -> text, or a list of text for a field that repeats. A
    browser sends the one button that was pressed: browser.submit(form, **form.buttons).
    """

    def __init__(self, page_url, attributes):
        self.action = absolute(page_url, attributes.get('action') or page_url)
        self.method = (attributes.get('method') or 'get').upper()
        self.id = attributes.get('id')
        self.fields = {}
        self.buttons = {}

    def add(self, name, value):
        if name in self.fields:
            values = self.fields[name]
            value = (values if isinstance(values, list) else [values]) + [value]
        self.fields[name] = value


class FormReader(HTMLParser):
    """Reads the forms of a page: HTML Standard section 4.10.21.4, without scripts or files."""

    def __init__(self, page_url):
        HTMLParser.__init__(self)
        self._page_url = page_url
        self._forms = []
        self._form = None
        self._select = None  # (name, options) of an open select; an option is [value, chosen]
        self._text = None  # (element, pieces) of an open textarea or option

    def read(self, html):
        self.feed(html)
        self.close()
        return self._forms

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == 'form':
            self._form = Form(self._page_url, attributes)
            self._forms.append(self._form)
        elif self._form is not None:
            start = getattr(self, '_start_' + tag, None)
            if start is not None:
                start(attributes)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag in ('option', 'textarea', 'select'):
            self._end_text()
        if tag == 'select' and self._select:
            self._end_select()
        if tag == 'form':
            self._form = None

    def handle_data(self, data):
        if self._text:
            self._text[1].append(data)

    def handle_entityref(self, name):  # Python 2.7 only, as is handle_charref
        self.handle_data(self.unescape('&%s;' % name))

    def handle_charref(self, name):
        self.handle_data(self.unescape('&#%s;' % name))

    def _start_input(self, attributes):
        name, kind = attributes.get('name'), (attributes.get('type') or 'text').lower()
        if not name or 'disabled' in attributes or kind in ('reset', 'button', 'file', 'image'):
            return
        if kind == 'submit':
            self._add_button(name, attributes)
        elif kind not in ('checkbox', 'radio'):
            self._form.add(name, attributes.get('value') or u'')
        elif 'checked' in attributes:
            self._form.add(name, attributes.get('value', u'on'))

    def _start_button(self, attributes):
        if attributes.get('name') and (attributes.get('type') or 'submit') == 'submit':
            self._add_button(attributes['name'], attributes)

    def _add_button(self, name, attributes):
        self._form.buttons[name] = attributes.get('value') or u''

    def _start_textarea(self, attributes):
        self._text = attributes, []

    def _start_select(self, attributes):
        self._select = attributes, []

    def _start_option(self, attributes):
        self._end_text()
        if self._select:
            self._text = attributes, []

    def _end_text(self):
        if not self._text:
            return
        (attributes, pieces), self._text = self._text, None
        text = u''.join(pieces)
        if self._select:
            value = attributes.get('value', u' '.join(text.split()))
            self._select[1].append((value or u'', 'selected' in attributes))
        elif self._form is not None and attributes.get('name') and 'disabled' not in attributes:
            self._form.add(attributes['name'], re.sub(r'\A\r?\n', u'', text))

    def _end_select(self):
        (attributes, options), self._select = self._select, None
        if self._form is None or not attributes.get('name') or 'disabled' in attributes:
            return
        chosen = [value for value, selected in options if selected]
        if 'multiple' not in attributes:
            # A list of one line always has a choice: the last one marked, else its first option.
            chosen = chosen[-1:] or [value for value, _ in options[:1]]
        for value in chosen:
            self._form.add(attributes['name'], value)


def native(text):
    """text -> str, which is UTF-8 bytes on Python 2.7."""
    return text if isinstance(text, str) else text.encode('utf-8')


def absolute(base, url):
    """An absolute URL in native ASCII, without a fragment, as a browser requests it.

    As the URL Standard has it (section 4.4), tabs and newlines vanish and a backslash is a slash:
    an open redirect that fools real browsers must take this one along too.
    """
    head, mark, query = re.sub(r'[\t\r\n]', '', native(url).strip()).partition('?')
    head = re.sub(r'\A/{2,}', '//', head.replace('\\', '/'))
    joined = urldefrag(urljoin(native(base), head + mark + query))[0]
    return quote(joined, safe="%/:=&?~+!$,;'@()*[]|")


def form_encode(data):
    """bytes in application/x-www-form-urlencoded, from a dict or pairs; a list value repeats."""
    pairs = data.items() if isinstance(data, dict) else data
    flat = [(name, one) for name, value in pairs
            for one in (value if isinstance(value, list) else [value])]
    return urlencode([(utf8(name), utf8(value)) for name, value in flat]).encode('ascii')


def utf8(value):
    return value if isinstance(value, bytes) else value.encode('utf-8')


def header_pairs(answer):
    """The response headers as a list of pairs, several of one name kept apart."""
    if hasattr(answer.msg, 'headers'):  # Python 2.7, where getheaders() would join them
        lines = [line.partition(':') for line in answer.msg.headers]
        return [(name.strip(), value.strip()) for name, _, value in lines]
    return answer.getheaders()


def read_attributes(text):
    """dict of lower-case attribute names of Set-Cookie; the last of a name counts."""
    parts = [part.partition('=') for part in text.split(';')]
    return dict((name.strip().lower(), value.strip()) for name, _, value in parts)


def expiry(attributes, now):
    """When a cookie ends, in seconds; Max-Age wins over Expires: RFC 6265bis section 5.7."""
    if re.match(r'-?\d+\Z', attributes.get('max-age', '')):
        return now + int(attributes['max-age'])
    date = email.utils.parsedate(attributes.get('expires', ''))
    return calendar.timegm(date) if date else float('inf')


def default_path(path):
    """RFC 6265 section 5.1.4."""
    return path.rpartition('/')[0] or '/'


def path_matches(path, cookie_path):
    """RFC 6265 section 5.1.4."""
    return path == cookie_path or path.startswith(cookie_path.rstrip('/') + '/')


def domain_matches(host, domain):
    """RFC 6265 section 5.1.3: an address matches only itself."""
    return host == domain or (host.endswith('.' + domain)
                              and not re.match(r'[\d.]+\Z|.*:', host))
