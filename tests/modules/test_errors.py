# -*- coding: utf-8 -*-
"""The exception tree, and what of it may stand in a log or on a page."""

import re

import pytest

from trac_unit import errors
from trac_unit._compat import native
from trac_unit.errors import (ConfigurationError, Problem, SignInRefused, TracUnitError, reference,
                              shown)

KINDS = sorted((kind for kind in vars(errors).values()
                if isinstance(kind, type) and issubclass(kind, TracUnitError)),
               key=lambda kind: kind.__name__)

# What belongs in the log, not in front of a person.
PROTOCOL = re.compile(r'\b(token|nonce|claim set|JSON|issuer|JWKS?|PKCE|HTTP|exception)\b')


def test_the_tree_is_there():
    assert len(KINDS) > 8


@pytest.mark.parametrize('kind', KINDS)
def test_each_kind_has_a_status_and_plain_words_for_a_person(kind):
    assert re.match(r'[45]\d\d [A-Z][A-Za-z ]+\Z', kind.status)
    for text in (kind.title, kind.sentence):
        assert text and not PROTOCOL.search(text)
    assert kind.sentence.endswith('.')


@pytest.mark.parametrize('message, text', [
    ('expected x, got y', 'expected x, got y'), (None, 'slug'),
    (u'expected ž', native(u'expected ž'))])
def test_an_error_has_a_reason_and_a_native_text_for_the_log(message, text):
    error = TracUnitError('slug', message)
    assert error.reason == 'slug'
    assert str(error) == text
    assert '%s' % error == text


def test_a_configuration_error_lists_every_problem():
    problems = [Problem('A', 'x', 'y'), Problem('B', 'v', 'w')]
    error = ConfigurationError(problems)
    assert error.problems == problems
    assert error.reason == 'configuration'
    assert str(error) == 'A: expected x, found y; B: expected v, found w'


@pytest.mark.parametrize('code', [
    'access_denied', 'login_required', 'interaction_required', 'account_selection_required',
    'consent_required', 'temporarily_unavailable', 'server_error'])
def test_a_refusal_that_is_known_has_words_of_its_own(code):
    error = SignInRefused(code)
    assert error.reason == code
    assert error.sentence != SignInRefused.sentence


@pytest.mark.parametrize('code', ['', 'invalid_scope', 'ACCESS_DENIED', '<script>', 'a\nreason=x'])
def test_a_refusal_that_is_not_known_never_becomes_a_reason_or_a_sentence(code):
    error = SignInRefused(code, 'expected a code, got another')
    assert error.reason == 'provider_error'
    assert error.sentence == SignInRefused.sentence


@pytest.mark.parametrize('value', [
    'a\nb', 'a\rb', u'a\x85b', u'a\u2028b', u'\x1b[31m', 'x' * 10 ** 6, [u'a\n'] * 1000,
    {'a': u'\n'}, None, u'\ud800', b'\xff'])
def test_what_is_shown_is_one_short_printable_line(value):
    text = shown(value)
    assert isinstance(text, str)
    assert 0 < len(text) <= 120
    assert len(text.splitlines()) == 1
    assert not re.search(r'[\x00-\x1f\x7f]', text)


class OwnText(type(u'')):
    def __repr__(self):
        return 'OwnText()'


def test_text_is_shown_without_the_mark_that_python_2_has_for_it():
    assert shown(u'x') == shown('x') == "'x'"
    assert shown(u"it's") == '"it\'s"'
    assert shown(OwnText(u'x')) == 'OwnText()'
    assert shown([u'x']) == repr([u'x'])


def test_what_is_shortened_says_so():
    assert shown('x' * 118) == repr('x' * 118)
    assert shown('x' * 119) == "'" + 'x' * 116 + '...'


def test_references_are_eight_hexadecimal_digits_and_differ():
    found = set(reference() for _ in range(100))
    assert len(found) == 100
    assert all(re.match(r'[0-9a-f]{8}\Z', ref) for ref in found)
