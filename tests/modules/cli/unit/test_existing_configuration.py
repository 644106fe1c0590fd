# -*- coding: utf-8 -*-
"""Unit's configuration as `trac-unit check` reads it: ours, around it, and what is none."""
import json

import pytest

from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.unit import existing_configuration as existing
from trac_unit.cli.unit.configuration import MODULE


def reason(function, *arguments):
    """Why a person is asked to do it in another way; the sentence is one."""
    with pytest.raises(CommandError) as caught:
        function(*arguments)
    assert str(caught.value).endswith('.') and '\n' not in str(caught.value)
    return caught.value.reason


def test_what_the_control_socket_answers_at_its_root_is_taken_too():
    inner = {'applications': {'trac': {'module': MODULE}}}
    data = json.dumps({'certificates': {}, 'config': inner}).encode('ascii')
    assert existing.choose(existing.load(data, 'x'))[0] == 'trac'


@pytest.mark.parametrize('data', [
    b'', b'\xff', b'{', b'null', b'7', b'[]', b'"applications"', b'{}', b'[' * 100000,
    b'{"applications": null}', b'{"config": {}}', b'{"config": {"applications": []}}'],
    ids=lambda data: repr(data)[:30])
def test_what_is_no_configuration_is_said(data):
    assert reason(existing.load, data, 'unit.json') == 'config'


APPLICATIONS = {'shop': {'type': 'php'}, 'trac': {'module': MODULE},
                'odd': {'module': [MODULE]}, 'none': None}


def test_ours_is_the_application_with_our_module():
    assert existing.choose({'applications': APPLICATIONS}) == ('trac', APPLICATIONS['trac'])
    assert existing.choose({'applications': APPLICATIONS}, 'shop') == ('shop', {'type': 'php'})
    several = {'many': {'targets': {'a': {'module': 'x'}, 'b': {'module': MODULE}}}}
    assert existing.choose({'applications': several})[0] == 'many'


@pytest.mark.parametrize('applications, name', [
    ({}, None), ({'shop': {'type': 'php'}}, None), (APPLICATIONS, 'none'), (APPLICATIONS, 'blog'),
    ({'a': {'module': MODULE}, 'b': {'module': MODULE}}, None),
    ({'a': {'targets': [MODULE]}}, None), ({'a': {'targets': {'b': MODULE}}}, None)])
def test_which_application_is_asked_where_it_is_not_clear(applications, name):
    assert reason(existing.choose, {'applications': applications}, name) == 'application'


def test_the_settings_are_native_strings():
    found = existing.settings({'environment': {u'TRAC_ENV': u'/\u017e'}, 'type': u'python'})
    assert list(found) == ['TRAC_ENV']
    assert all(type(part) is str for pair in found.items() for part in pair)
    assert existing.settings({}) == {}


@pytest.mark.parametrize('application', [
    {'environment': []}, {'environment': u'x'}, {'environment': {u'X': 1}},
    {'environment': {u'X': None}}, {'user': 0}, {'home': []}, {'type': {}}])
def test_a_setting_that_is_no_text_is_said(application):
    assert reason(existing.settings, application) == 'config'


@pytest.mark.parametrize('whole, size', [
    ({}, existing.MAX_BODY_SIZE), ({'settings': {'http': {'max_body_size': 7}}}, 7),
    ({'settings': {'http': {'max_body_size': u'7'}}}, existing.MAX_BODY_SIZE),
    ({'settings': [1]}, existing.MAX_BODY_SIZE),
    ({'settings': {'http': 1}}, existing.MAX_BODY_SIZE)])
def test_the_size_of_a_request_is_what_unit_was_told_or_its_own(whole, size):
    assert existing.max_body_size(whole) == size


def routes(**changes):
    step = {'match': {'uri': u'/chrome/*'}, 'action': {
        'share': u'/static$uri', 'fallback': {'pass': u'applications/trac'}}}
    return {'routes': [dict(step, **changes)]}


def test_a_route_to_static_files_tells_which_file_would_answer():
    found, = existing.chrome_routes(routes(), 'trac')
    assert found == ('/chrome/*', '/static$uri', ['/static/chrome/common/css/trac.css'], True)
    found, = existing.chrome_routes(routes(match={'uri': [u'!/x', u'/a/chrome/*']},
                                           action={'share': [u'/one$uri', u'/two']}), 'trac')
    assert found == ('/a/chrome/*', '/one$uri',
                     ['/one/a/chrome/common/css/trac.css', '/two'], False)


@pytest.mark.parametrize('whole', [
    {}, {'routes': None}, {'routes': u'x'}, {'routes': [1, None, []]}, {'routes': {'a': None}},
    routes(match=None), routes(match=[]), routes(match={}), routes(match={'uri': 7}),
    routes(match={'uri': u'!/chrome/*'}), routes(match={'uri': u'/wiki/*'}), routes(action=None),
    routes(action={}), routes(action={'share': None}), routes(action={'share': [1]}),
    routes(action={'share': u'/s$uri', 'fallback': {'pass': u'applications/shop'}})],
    ids=lambda whole: repr(whole)[:50])
def test_what_is_no_route_to_our_static_files_is_left_out(whole):
    assert existing.chrome_routes(whole, 'trac') == []
