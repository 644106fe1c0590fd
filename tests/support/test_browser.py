# -*- coding: utf-8 -*-
"""The tests' own scripted browser, proven: cookies, redirects and forms."""
import pytest

from support.browser import Browser, Cookie, CookieJar, FormReader, absolute, form_encode
from support.provider import Provider


@pytest.fixture
def provider():
    with Provider() as provider:
        yield provider


def jar_with(*cookies):
    """A CookieJar after a visit to http://127.0.0.1:1/a/b."""
    jar = CookieJar(lambda: 1000)
    for cookie in cookies:
        jar.add('http://127.0.0.1:1/a/b', cookie)
    return jar


@pytest.mark.parametrize('cookie, url, sent', [
    ('n=v', 'http://127.0.0.1:2/a/', True),
    ('n=v', 'http://127.0.0.1:1/', False),
    ('n=v; Path=/', 'http://127.0.0.1:2', True),
    ('n=v; path=/a', 'http://127.0.0.1/a', True),
    ('n=v; Path=/a', 'http://127.0.0.1/ab', False),
    ('n=v; Path=/a', 'http://127.0.0.1/a/c', True),
    ('n=v; Path=/', 'http://localhost:1/', False),
    ('n=v; Path=/; Max-Age=1', 'http://127.0.0.1/', True),
    ('n=v; Path=/; Max-Age=0', 'http://127.0.0.1/', False),
    ('n=v; Path=/; Expires=Thu, 01-Jan-1970 00:00:00 GMT', 'http://127.0.0.1/', False),
    ('n=v; Path=/; Expires=Thu, 01 Jan 2037 00:00:00 GMT', 'http://127.0.0.1/', True),
    ('n=v; Path=/; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'http://127.0.0.1/', True)])
def test_which_cookies_are_sent_where(cookie, url, sent):
    assert jar_with(cookie).header(url) == ('n=v' if sent else '')


@pytest.mark.parametrize('attribute, origin, method, sent', [
    ('', None, 'POST', True),
    ('', 'http://localhost/', 'GET', True),
    ('', 'http://localhost/', 'POST', False),
    ('SameSite=Lax', 'http://localhost/', 'POST', False),
    ('SameSite=Lax', 'http://127.0.0.1:7/', 'POST', True),
    ('SameSite=Strict', 'http://localhost/', 'GET', False),
    ('SameSite=Strict', None, 'GET', True)])
def test_same_site_rules_what_another_site_can_send(attribute, origin, method, sent):
    jar = jar_with('n=v; Path=/; ' + attribute)
    assert bool(jar.header('http://127.0.0.1:1/', method, origin)) is sent


def test_secure_and_domain_cookies():
    jar = CookieJar()
    jar.add('https://a.example.org/', '__Host-n=v; Secure; Path=/; SameSite=None')
    jar.add('https://a.example.org/', 'd=w; Secure; Domain=.Example.org')
    assert jar.header('https://a.example.org/') == '__Host-n=v; d=w'
    assert jar.header('https://b.example.org/') == 'd=w'
    assert jar.header('https://badexample.org/') == jar.header('http://a.example.org/') == ''


def test_a_cookie_is_replaced_or_deleted_only_at_its_own_path():
    jar = jar_with('n=1; Path=/', 'n=2; Path=/a')
    assert jar.header('http://127.0.0.1/a') == 'n=2; n=1', 'the longest path comes first'
    jar.add('http://127.0.0.1/', 'n=3; Path=/')
    assert jar.header('http://127.0.0.1/a') == 'n=2; n=3'
    jar.add('http://127.0.0.1/', 'n=; Path=/; Max-Age=0')
    assert jar.header('http://127.0.0.1/a') == 'n=2'
    jar.clear()
    assert jar.live() == []


@pytest.mark.parametrize('url, cookie, rule', [
    ('https://h/', '__Host-n=v; Path=/', '__Host- needs'),
    ('https://h/', '__Host-n=v; Secure', '__Host- needs'),
    ('https://h/', '__Host-n=v; Secure; Path=/a', '__Host- needs'),
    ('https://h/', '__Host-n=v; Secure; Path=/; Domain=h', '__Host- needs'),
    ('https://h/', '__host-n=v; Path=/', '__Host- needs'),
    ('http://h/', '__Host-n=v; Secure; Path=/', 'Secure needs https'),
    ('https://h/', '__Secure-n=v', '__Secure- needs'),
    ('https://h/', 'n=v; SameSite=None', 'SameSite=None needs Secure'),
    ('http://h/', 'n=v; Secure', 'Secure needs https'),
    ('http://h/', 'n=v; Domain=g', 'Domain covers'),
    ('http://127.0.0.1/', 'n=v; Domain=0.0.1', 'Domain covers'),
    ('http://h/', 'n=' + 'v' * 4096, 'at most 4096'),
    ('http://h/', 'n=v\x00', 'control characters'),
    ('http://h/', 'v', 'has a name')])
def test_a_cookie_that_a_browser_drops_fails_the_test(url, cookie, rule):
    with pytest.raises(AssertionError) as caught:
        Cookie(url, cookie, 0)
    assert rule in str(caught.value)


def test_the_largest_cookie_is_taken():
    assert len(Cookie('http://h/', 'n=' + 'v' * 4095, 0).value) == 4095


def test_redirects_are_followed_across_servers_with_cookies(provider):
    with Provider() as other:
        provider.hooks['raw:/jwks'] = lambda handler: (
            302, [('Location', other.url + '/jwks'), ('Set-Cookie', 'a=1; Path=/'),
                  ('Set-Cookie', 'b=2; Path=/; HttpOnly')], b'')
        browser = Browser()
        response = browser.get(provider.url + '/jwks')
        assert [page.status for page in response.history] == [302]
        assert response.url == other.url + '/jwks' == browser.page.url
        assert other.requests[0].headers['Cookie'] == 'a=1; b=2'
        assert browser.tab().cookie('b') == '2' and browser.cookie('c') is None
        assert browser.get(provider.url + '/jwks', follow=False).status == 302


@pytest.mark.parametrize('status, method, body', [(302, 'GET', b''), (303, 'GET', b''),
                                                  (307, 'POST', b'n=v'), (308, 'POST', b'n=v')])
def test_a_redirected_post_keeps_its_method_or_not(provider, status, method, body):
    provider.hooks['raw:/token'] = lambda handler: (status, [('Location', '/revoke')], b'')
    provider.hooks['raw:/revoke'] = lambda handler: (200, [], b'end')
    assert Browser().post(provider.url + '/token', {'n': u'v'}).body == b'end'
    assert (provider.requests[1].method, form_encode(provider.requests[1].params)) == (
        method, body)


def test_an_endless_redirect_ends(provider):
    provider.hooks['raw:/jwks'] = lambda handler: (302, [('Location', 'jwks')], b'')
    with pytest.raises(AssertionError) as caught:
        Browser().get(provider.url + '/jwks')
    assert 'more than 20 redirects' in str(caught.value)
    assert provider.count('/jwks') == 21


PAGE = u"""<html><body><form action="/search"><input name="q"></form>
<form id="edit" method="POST" action="/save?x=1">
<input type="hidden" name="__FORM_TOKEN" value="a&amp;b"><input name="summary" value="Žofie">
<input type="checkbox" name="on" checked><input type="checkbox" name="off">
<input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked/>
<input name="gone" disabled><input type="submit" name="preview" value="Preview">
<textarea name="text">
 &lt;b&gt; &#381; </textarea><button name="save">Save</button>
<select name="one"><option>First  one<option value="2">Two</select>
<select name="marked"><option>a</option><option selected>b</option></select>
<select name="many" multiple><option selected>x</option><option selected>y</option></select>
<select name="none" multiple><option>x</option></select>
</form><input name="outside"></body></html>"""


def test_forms_are_read_as_a_browser_fills_them():
    search, edit = FormReader('http://h/a/b').read(PAGE)
    assert (search.method, search.action, search.fields) == ('GET', 'http://h/search', {'q': ''})
    assert (edit.method, edit.action, edit.id) == ('POST', 'http://h/save?x=1', 'edit')
    assert edit.buttons == {'preview': 'Preview', 'save': ''}
    assert edit.fields == {
        '__FORM_TOKEN': 'a&b', 'summary': u'Žofie', 'on': 'on', 'r': '2', 'text': u' <b> Ž ',
        'one': 'First one', 'marked': 'b', 'many': ['x', 'y']}


def test_forms_are_submitted_with_changes_and_a_referer(provider):
    provider.hooks['raw:/jwks'] = lambda handler: (
        200, [('Content-Type', 'text/html; charset=utf-8')], PAGE.encode('utf-8'))
    browser = Browser()
    page = provider.url + '/jwks'
    edit = browser.get(page).form('edit')
    browser.submit(edit, summary=u'ž', text=None)
    sent = provider.requests[-1]
    assert (sent.params['summary'], 'text' in sent.params) == (u'ž', False)
    assert (sent.headers['Referer'], sent.headers['Origin']) == (page, provider.url)
    browser.submit(browser.get(page).form('search'), q=u'a b')
    assert provider.requests[-1][:3] == ('GET', '/search', {'q': 'a b'})
    assert 'Referer' not in provider.requests[-2].headers
    with pytest.raises(AssertionError):
        browser.page.form('edit')


def test_a_click_has_a_referer_and_a_typed_address_has_none(provider):
    browser = Browser()
    browser.get(provider.url + '/jwks')
    browser.get('/userinfo')
    browser.click('jwks')
    assert [request.headers.get('Referer') for request in provider.requests] == [
        None, None, provider.url + '/userinfo']


@pytest.mark.parametrize('url, expected', [
    ('c?x=1#f', 'http://h:1/a/c?x=1'), ('/c', 'http://h:1/c'), ('?y', 'http://h:1/a/b?y'),
    ('//g/', 'http://g/'), ('/\\g/', 'http://g/'), ('\t/\n/g/', 'http://g/'),
    ('////g/', 'http://g/'), (u'/ž', 'http://h:1/%C5%BE'), ('/?q=\\', 'http://h:1/?q=%5C'),
    ('/a%2Fb', 'http://h:1/a%2Fb')])
def test_addresses_are_resolved_as_browsers_do(url, expected):
    assert absolute('http://h:1/a/b', url) == expected
