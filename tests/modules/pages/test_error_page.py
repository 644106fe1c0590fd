# -*- coding: utf-8 -*-
"""The page that tells of an error: kind words, and a reference that the log repeats."""

import re

import pytest

from trac_unit.errors import (BadRequest, ConfigurationError, EnvironmentUnavailable, StoreError,
                              TracUnitError)
from trac_unit.pages.error_page import error_page
from trac_unit.pages.page import Link

HOSTILE = u'<script>alert("1")</script>&\'ž'
ESCAPED = u'&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;&#39;ž'


def test_headers_are_native_strings_as_pep_3333_wants_them():
    headers = error_page(StoreError('x'), [Link('/', 'Home')]).headerlist
    assert len(headers) > 6
    assert [pair for pair in headers if [type(part) for part in pair] != [str, str]] == []


@pytest.mark.parametrize('error', [
    TracUnitError('slug', 'path /srv/private'), BadRequest('slug', 'path /srv/private'),
    StoreError('slug', 'path /srv/private'), EnvironmentUnavailable('slug', 'path /srv/private'),
    ConfigurationError(['path /srv/private'])], ids=lambda error: type(error).__name__)
def test_an_error_page_has_kind_words_and_the_reference_of_the_one_line_in_the_log(error, caplog):
    response = error_page(error, [Link('/', 'Home')])
    assert response.status == error.status
    assert '<h1>%s</h1>' % error.title in response.text
    assert '<a href="/">Home</a>' in response.text
    assert '/srv/private' not in response.text and error.reason not in response.text
    reference = re.search(u'Reference: <code>([0-9a-f]{8})</code>', response.text).group(1)
    record, = caplog.records
    assert record.name.startswith('trac_unit')
    assert record.getMessage() == 'reference=%s reason=%s %s: path /srv/private' % (
        reference, error.reason, type(error).__name__)


@pytest.mark.parametrize('error, after', [
    (ConfigurationError(['x']), '60'), (StoreError('x'), '60'), (BadRequest('x'), None)])
def test_only_what_may_pass_says_when_to_come_again(error, after):
    assert error_page(error).headers.get('Retry-After') == after
