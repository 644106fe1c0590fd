# -*- coding: utf-8 -*-
"""A provider whose endpoints answer wrong things, too much, too slowly or not at all."""
import gzip
import io
import json
import re
import time

from support.hostile import (HTML, MARK, MISSING, all_of, assert_refused, attempt, claims,
                             discovery, json_answer, raw, refused, secrets_of, table, text_answer,
                             token_response, userinfo)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.hostile_endpoints import ANYWHERE, DISCOVERY, MEGABYTE, at_path, pauses, silence
from support.misbehaviour import misbehaviours


def squeezed(data, times=1):
    for _ in range(times):
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode='wb', compresslevel=9) as file:
            file.write(data)
        data = packed.getvalue()
    return data


BOMB = squeezed(b'[' * (40 * MEGABYTE))
DOUBLE_BOMB = squeezed(BOMB)


def drip(handler):
    """One byte now and then."""
    def pieces():
        yield b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{'
        for _ in pauses(handler, .2):
            yield b' '
    return pieces()


def drip_headers(handler):
    def pieces():
        yield b'HTTP/1.0 200 OK\r\n'
        for _ in pauses(handler, .2):
            yield b'X'
    return pieces()


def continues(handler):
    """The interim response again and again, which http clients skip."""
    def pieces():
        for _ in pauses(handler, .05):
            yield b'HTTP/1.1 100 Continue\r\n\r\n'
    return pieces()


def cut(body):
    """A response that promises a hundred bytes more than it has."""
    return [b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: '
            + str(len(body) + 100).encode('ascii') + b'\r\n\r\n' + body]


BOMBS = (
    ('a gzip bomb', text_answer(BOMB, headers=[('Content-Encoding', 'gzip')]),
     'too_large'),
    ('a double gzip bomb', text_answer(DOUBLE_BOMB, headers=[('Content-Encoding', 'gzip, gzip')]),
     'encoding'),
    ('a deflate bomb', text_answer(BOMB, headers=[('Content-Encoding', 'deflate')]), 'encoding'),
)
LATE = (
    ('dripping body', drip, 'timeout'),
    ('dripping header', drip_headers, 'timeout'),
    ('silent', silence, 'timeout'),
    ('continuing for ever', continues, 'timeout'),
)


def error(code, status=400, **more):
    return raw('/token', json_answer(dict({'error': code}, **more), status))


TOKEN = (
    ('status 400 without error', raw('/token', json_answer({}, 400)), 'token_endpoint'),
    ('status 400 with HTML', raw('/token', (400,) + HTML[1:]), 'token_endpoint'),
    ('status 400 with a list as error', error([MARK]), 'token_endpoint'),
    ('status 400 with tokens', raw('/token', json_answer({
        'access_token': 'a', 'id_token': 'a.b.c', 'token_type': 'Bearer'}, 400)),
     'token_endpoint'),
    ('status 401', error('invalid_client', 401), 'token_endpoint'),
    ('status 403', error('invalid_grant', 403), 'invalid_grant'),
    ('status 500', raw('/token', json_answer({}, 500)), 'token_endpoint'),
    ('status 500 with HTML', raw('/token', (500,) + HTML[1:]), 'token_endpoint'),
    ('status 204', raw('/token', (204, [], b'')), 'token_endpoint'),
    ('status 201', raw('/token', json_answer({}, 201)), 'token_endpoint'),
    ('error invalid_grant', error('invalid_grant', error_description=MARK), 'invalid_grant'),
    ('error with line breaks', error(u'x\nreference=00000000 reason=none'), 'token_endpoint'),
    ('error of a megabyte', error(u'x' * 1000000), 'token_endpoint'),
    ('error with status 200', error('invalid_grant', 200), 'token_type'),
    ('no id_token', token_response(id_token=MISSING), 'id_token'),
    ('id_token null', token_response(id_token=None), 'id_token'),
    ('id_token an object', token_response(id_token={}), 'id_token'),
    ('id_token empty', token_response(id_token=u''), 'id_token'),
    ('no access_token', token_response(access_token=MISSING), 'access_token'),
    ('access_token a number', token_response(access_token=42), 'access_token'),
    ('access_token empty', token_response(access_token=u''), 'access_token'),
    ('access_token with a line break', token_response(
        access_token=u'a\r\nX-Evil: evilmark'), 'access_token'),
    ('access_token not ASCII', token_response(access_token=u'ž'), 'access_token'),
    ('access_token of another', token_response(access_token=u'stolen'), 'at_hash'),
    ('token_type mac', token_response(token_type=u'mac'), 'token_type'),
    ('token_type missing', token_response(token_type=MISSING), 'token_type'),
    ('token_type a list', token_response(token_type=[u'Bearer']), 'token_type'),
    ('token_type DPoP', token_response(token_type=u'DPoP'), 'token_type'),
    ('an empty object', raw('/token', json_answer({})), 'token_type'),
) + at_path('/token', ANYWHERE)

USERINFO = (
    ('for another', userinfo(sub=u'bob'), 'userinfo_sub'),
    ('sub missing', userinfo(sub=MISSING), 'userinfo_sub'),
    ('sub null', userinfo(sub=None), 'userinfo_sub'),
    ('sub in a list', userinfo(sub=[u'alice']), 'userinfo_sub'),
    ('sub in upper case', userinfo(sub=u'ALICE'), 'userinfo_sub'),
    ('sub with a space', userinfo(sub=u'alice '), 'userinfo_sub'),
    ('an empty object', raw('/userinfo', json_answer({})), 'userinfo_sub'),
    ('name half a character', userinfo(name=u'\ud800'), 'not_json'),
    ('group half a character', userinfo(groups=[u'\udfff']), 'not_json'),
    ('status 500', raw('/userinfo', json_answer({'sub': 'alice'}, 500)), 'status'),
    ('status 401', raw('/userinfo', (401, [], b'')), 'status'),
    ('status 202', raw('/userinfo', json_answer({'sub': 'alice'}, 202)), 'status'),
    ('status 204', raw('/userinfo', (204, [], b'')), 'status'),
) + at_path('/userinfo', ANYWHERE)

KEY_SET = (
    ('status 404', raw('/jwks', (404, [], b'')), 'status'),
    ('status 500', raw('/jwks', json_answer({'keys': []}, 500)), 'status'),
) + at_path('/jwks', ANYWHERE)


@misbehaviours('Token endpoint', *TOKEN)
def test_a_token_endpoint_that_gives_no_tokens(case, visitor, hostile, caplog):  # noqa: F811
    refused(case, visitor, hostile, caplog, '/token')
    assert hostile.count('/userinfo') == 0


@misbehaviours('Userinfo', *USERINFO)
def test_userinfo_that_is_not_this_persons(case, visitor, hostile, caplog):  # noqa: F811
    claims(preferred_username=u'alice')(hostile)
    refused(case, visitor, hostile, caplog, '/userinfo')


@misbehaviours('Key set', *KEY_SET)
def test_a_key_set_that_cannot_be_had(case, visitor, hostile, caplog):  # noqa: F811
    refused(case, visitor, hostile, caplog, '/jwks')


@misbehaviours('Lateness', *[
    ('%s %s' % (path, row[0]), path) + row[1:] for row, paths in zip(LATE, (
        (DISCOVERY, '/token', '/userinfo', '/jwks'), ('/token',), (DISCOVERY,), ('/userinfo',)))
    for path in paths])
def test_a_provider_that_takes_its_time_gets_one_second(
        case, visitor, hostile, caplog):  # noqa: F811
    path, response, reason = case
    raw(path, response)(hostile)
    journey = visitor(TRAC_OIDC_TIMEOUT='1s')
    begun = time.time()
    response = attempt(journey)
    # A second for the call, the rest for a busy machine; without a deadline it is four more.
    assert time.time() - begun < 3.5
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))


def peak():
    """The most memory that this process had since the last forget(), in bytes."""
    with open('/proc/self/status') as status:
        return int(re.search(r'VmHWM:\s*(\d+) kB', status.read()).group(1)) * 1024


def forget():
    with open('/proc/self/clear_refs', 'w') as switch:
        switch.write('5')


@misbehaviours('Compression', *[('%s %s' % (path, row[0]), path) + row[1:] for row in BOMBS
                                for path in ('/token', '/userinfo')])
def test_a_bomb_does_not_go_off(case, visitor, hostile, caplog):  # noqa: F811
    path, response, reason = case
    raw(path, response)(hostile)
    journey = visitor()
    location = journey.login()
    target = journey.authorize(location)
    forget()
    before = peak()
    response = journey.callback(target)
    assert peak() - before < 20 * MEGABYTE
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))
    assert response.status_int == 502


LIFETIMES = table(*[('expires_in %s' % name, value) for name, value in (
    ('text', u'3600'), ('junk', u'soon'), ('null', None), ('a list', [1]), ('an object', {}),
    ('negative', -1), ('zero', 0), ('true', True), ('huge', 10 ** 300), ('a float', 3600.5),
    ('empty', u''))])


@LIFETIMES
def test_a_strange_lifetime_of_the_access_token_does_not_matter(
        case, visitor, hostile):  # noqa: F811
    token_response(expires_in=case[0], expires_at=case[0])(hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    token_response(expires_in=case[0])(hostile)
    assert attempt(visitor()).status_int == 303


TOLERATED = table(
    ('token_type in upper case', token_response(token_type=u'BEARER')),
    ('no expires_in', token_response(expires_in=MISSING)),
    ('no refresh token', token_response(refresh_token=MISSING)),
    ('a refresh token of a strange type', token_response(refresh_token=[1])),
    ('further members', token_response(evilmark=[{}])),
    ('a query in what is asked with GET', discovery(
        authorization_endpoint=lambda url: url + u'?a=1',
        userinfo_endpoint=lambda url: url + u'?a=1', jwks_uri=lambda url: url + u'?a=1')),
    ('no end_session_endpoint', discovery(end_session_endpoint=MISSING)),
    ('no userinfo endpoint', all_of(discovery(userinfo_endpoint=MISSING),
                                    claims(preferred_username=u'alice'))),
    ('groups of a strange type', userinfo(groups={u'a': [1]})),
    ('sid a list', claims(sid=[1])),
    ('a name of a megabyte', userinfo(name=u'x' * 900000)),
    ('a squeezed answer', raw('/userinfo', text_answer(squeezed(json.dumps({
        'sub': 'alice', 'preferred_username': 'alice'}).encode('ascii')), headers=[
            ('Content-Encoding', 'gzip')]))),
)


@TOLERATED
def test_what_does_not_matter_signs_in(case, visitor, hostile):  # noqa: F811
    case[0](hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'


def test_a_response_cut_short_is_no_response(visitor, hostile, caplog):  # noqa: F811
    whole = json.dumps({'sub': 'alice', 'preferred_username': 'alice'}).encode('ascii')
    for body in (whole, whole[:-3], b''):
        refused((raw('/userinfo', cut(body)), 'unreachable'), visitor, hostile, caplog, None)


def test_a_provider_that_died_between_login_and_callback(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    hostile.stop()
    assert_refused(journey, journey.callback(target), caplog, 'unreachable', secrets_of(hostile))


def test_a_code_that_was_spent_by_another(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    code = hostile.issued[0]
    hostile._spent_codes[code] = hostile._codes.pop(code)
    assert_refused(journey, journey.callback(target), caplog, 'invalid_grant', secrets_of(hostile))


def test_a_failed_sign_in_leaves_the_next_one_unharmed(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    hostile.hooks['raw:/token'] = lambda _: HTML
    assert attempt(journey).status_int == 502
    del hostile.hooks['raw:/token']
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'
