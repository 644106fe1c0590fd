# -*- coding: utf-8 -*-
"""The pages that a person sees."""

import base64
import hashlib
import re

import pytest
from webob import Request

from trac_unit.pages.page import Link, page

HOSTILE = u'<script>alert("1")</script>&\'ž'
ESCAPED = u'&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;&#39;ž'


def test_a_page_shows_title_sentences_links_and_reference():
    response = page('200 OK', 'A title', ['One.', 'Two.'],
                    [Link('/login', 'Sign in again'), Link('/', 'Home')], 'abcd1234')
    text = response.text
    assert response.status == '200 OK'
    assert response.headers['Content-Type'] == 'text/html; charset=utf-8'
    assert text.startswith('<!DOCTYPE html>')
    assert '<title>A title</title>' in text and '<h1>A title</h1>' in text
    assert '<p>One.</p>\n<p>Two.</p>' in text
    assert text.index('<a href="/login">Sign in again</a>') < text.index('<a href="/">Home</a>')
    assert 'Reference: <code>abcd1234</code>' in text


def test_a_page_without_links_and_reference_has_no_empty_places_for_them():
    text = page('200 OK', 'A title', ['One.']).text
    assert '<ul' not in text and '<footer' not in text


@pytest.mark.parametrize('status, alert', [
    ('200 OK', False), ('404 Not Found', True), ('503 Service Unavailable', True)])
def test_only_trouble_is_announced_as_an_alert(status, alert):
    assert ('role="alert"' in page(status, 'T', ['S.']).text) is alert


@pytest.mark.parametrize('arguments', [
    dict(title=HOSTILE, sentences=[]), dict(title='T', sentences=[HOSTILE]),
    dict(title='T', sentences=[], links=[Link(HOSTILE, 'x')]),
    dict(title='T', sentences=[], links=[Link('/', HOSTILE)]),
    dict(title='T', sentences=[], reference=HOSTILE)], ids=lambda value: '-'.join(sorted(value)))
def test_everything_is_escaped(arguments):
    text = page('200 OK', **arguments).text
    assert ESCAPED in text
    assert '<script' not in text


def test_a_page_may_load_nothing_and_only_its_own_style_applies():
    response = page('200 OK', 'T', ['S.'])
    style = re.search(u'<style>(.*?)</style>', response.text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode('utf-8')).digest()).decode('ascii')
    policy = dict(rule.strip().split(' ', 1)
                  for rule in response.headers['Content-Security-Policy'].split(';'))
    assert policy == {'default-src': "'none'", 'style-src': "'sha256-%s'" % digest,
                      'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'"}
    assert response.headers['X-Content-Type-Options'] == 'nosniff'
    assert response.headers['Referrer-Policy'] == 'no-referrer'
    assert response.headers['Cache-Control'] == 'no-store'
    assert not re.search(u'<script|src=|@import|url\\(|style="', response.text)


def test_head_has_the_headers_and_no_body():
    full = Request.blank('/').get_response(page('200 OK', 'T', ['S.']))
    head = Request.blank('/', method='HEAD').get_response(page('200 OK', 'T', ['S.']))
    assert head.body == b''
    assert head.headers['Content-Type'] == full.headers['Content-Type']
