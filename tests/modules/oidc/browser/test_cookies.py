# -*- coding: utf-8 -*-
"""The cookies' names, attributes, and what malformed ones do."""

import re
import time

import pytest
from webob import Response

from trac_unit.oidc.browser.cookies import CookieJar, SessionCookie, session_cookie_name


def jar(cookies='', secure=False, namespace='a namespace'):
    return CookieJar(cookies, secure, session_cookie_name(namespace, secure))


def session(cookies, secure=False):
    return SessionCookie(session_cookie_name('a namespace', secure)).value(cookies)


NAME = jar().name


def attributes(set_cookie):
    """The attributes of a Set-Cookie header, a dict; names in lower case."""
    return dict((part.strip().lower().split('=', 1) + [None])[:2]
                for part in set_cookie.split(';')[1:])


def test_over_https_the_name_has_the_prefix_that_no_other_host_can_plant():
    assert re.match(r'trac_oidc_[0-9a-f]{8}\Z', NAME)
    assert jar(secure=True).name == '__Host-' + NAME


def test_each_namespace_has_a_name_of_its_own():
    names = set(jar(namespace=namespace).name for namespace in ('a', 'b', 'a/', u'ž', ''))
    assert len(names) == 5
    assert jar(namespace=u'ž').name == jar(namespace=u'ž'.encode('utf-8')).name


@pytest.mark.parametrize('secure', [False, True])
def test_a_cookie_that_is_set_is_for_this_host_and_no_script(secure):
    response = Response()
    jar(secure=secure).set(response, 'name', 'value', 600)
    header, = response.headers.getall('Set-Cookie')
    found = attributes(header)
    assert header.startswith('name=value;')
    assert (found['path'], found['max-age'], found['samesite'].lower()) == ('/', '600', 'lax')
    assert 'httponly' in found
    assert ('secure' in found) is secure
    assert 'domain' not in found
    assert type(header) is str


@pytest.mark.parametrize('secure', [False, True])
def test_a_cookie_that_is_deleted_has_the_attributes_it_was_set_with(secure):
    response = Response()
    cookies = jar(secure=secure)
    cookies.set(response, cookies.name, 'value', 600)
    cookies.delete(response, cookies.name)
    was_set, deleted = response.headers.getall('Set-Cookie')
    assert deleted.startswith(cookies.name + '=;')
    left = attributes(deleted)
    assert left.pop('max-age') == '0'
    assert set(left) - {'expires'} == set(attributes(was_set)) - {'max-age', 'expires'}


def test_several_cookies_of_one_response_stay_apart():
    response = Response()
    jar().set(response, 'a', '1', 600)
    jar().set(response, 'b', '2', 600)
    assert [header.split(';')[0] for header in response.headers.getall('Set-Cookie')] == [
        'a=1', 'b=2']


@pytest.mark.parametrize('header, value', [
    ('', None),
    ('other=x', None),
    (NAME + '=secret', 'secret'),
    ('a=1; %s=secret; b=2' % NAME, 'secret'),
    ('a=1;%s=secret' % NAME, 'secret'),
    (NAME + '=', ''),
    (NAME, None),
    ('x%s=secret' % NAME, None),
    ('%sx=secret' % NAME, None),
    (NAME.upper() + '=secret', None),
    ('__Host-%s=secret' % NAME, None),
    # A planted one with a longer path comes first; then nobody is signed in, rather than another.
    ('%s=first; %s=second' % (NAME, NAME), 'first'),
    # Malformed neighbours
    ('a[]=1; %s=secret' % NAME, 'secret'),
    ('"; %s=secret' % NAME, 'secret'),
    ('a={"x": 1}; %s=secret' % NAME, 'secret'),
    ('=; ;; ; %s=secret' % NAME, 'secret'),
    ('\xe9=\xff; %s=secret' % NAME, 'secret'),
    ('a=\xff; %s=secret; b=\x00' % NAME, 'secret'),
    ('%s=secret\xff' % NAME, None),
    ('%s=a b; %s=secret' % (NAME, NAME), 'secret'),
    ('%s="quoted"; %s=secret' % (NAME, NAME), '"quoted"'),
    ('%s="half; %s=secret' % (NAME, NAME), 'secret'),
    # The name within another cookie
    ('x=%s=planted; %s=secret' % (NAME, NAME), 'secret'),
    ('x%s=planted; %s=secret' % (NAME, NAME), 'secret'),
    ('x %s=planted; %s=secret' % (NAME, NAME), 'secret'),
    ('%s=%s=secret' % (NAME, NAME), NAME + '=secret'),
    # Spaces
    (' \t%s=secret \t' % NAME, 'secret'),
    ('a=1 ;\t %s=secret ;b=2' % NAME, 'secret'),
    ('%s =secret' % NAME, None),
    ('\n%s=secret' % NAME, None),
    ('%s=secret\n' % NAME, None)])
def test_the_session_cookie_is_found_beside_whatever_there_is(header, value):
    assert session(header) == value


@pytest.mark.parametrize('part', ['x', 'a ', 'a=', '"', '\\', '=', 'a=",', ';', 'a=b,', NAME,
                                  NAME + '=', ' ' + NAME + '=\xff;', 'x%s=y; ' % NAME,
                                  NAME + '=,;', 'x%s=;' % NAME])
def test_a_huge_header_costs_no_more_than_its_size(part):
    # A parser that tries again at each character takes seconds for this.
    begun = time.time()
    for end in ';', '\xff;':
        header = part * (160000 // len(part)) + end + '%s=secret' % NAME
        assert session(header) == jar(header).all[NAME]
    assert time.time() - begun < 1


def test_over_https_a_cookie_without_the_prefix_counts_for_nothing():
    assert session(NAME + '=planted', secure=True) is None
    assert session('__Host-%s=secret' % NAME, secure=True) == 'secret'


def test_all_cookies_are_native_strings():
    found = jar('a=1; b=two; \xe9=3; d=\xe9').all
    assert (found['a'], found['b']) == ('1', 'two')
    assert all(type(part) is str for pair in found.items() for part in pair)
    assert '\xe9' not in found and 'd' not in found
