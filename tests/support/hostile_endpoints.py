# -*- coding: utf-8 -*-
"""What any endpoint of a provider can answer, and none may."""
from support.hostile import HTML, MARK, json_answer, raw, text_answer

MEGABYTE = 1024 * 1024
DISCOVERY = '/.well-known/openid-configuration'


def pauses(handler, seconds):
    """Four seconds' worth of pauses: a lost deadline fails the test and does not hang it."""
    for number in range(int(4 / seconds)):
        if handler.server.provider.stopping.wait(seconds):
            break
        yield number


def silence(handler):
    handler.server.provider.stopping.wait(4)
    return []


ENDLESS = (200, [('Content-Type', 'application/json')], [b'[' * MEGABYTE] * 10)
MOVED = (302, [('Location', 'http://127.0.0.1:9/evilmark')], b'')
STAYED = (307, [('Location', '/token')], b'')

# What no endpoint may do; the reasons are the same for each.
ANYWHERE = (
    ('HTML', HTML, 'not_json'),
    ('an array', json_answer([{'sub': 'alice'}]), 'not_json'),
    ('text', json_answer(MARK), 'not_json'),
    ('null', json_answer(None), 'not_json'),
    ('nothing', text_answer(b''), 'not_json'),
    ('two objects', text_answer(b'{}{}'), 'not_json'),
    ('UTF-16', text_answer(u'{"a":1}'.encode('utf-16')), 'not_json'),
    ('Latin-1', text_answer(b'{"a":"\xff"}'), 'not_json'),
    ('NaN', text_answer(b'{"a":NaN}'), 'not_json'),
    ('a number of 5000 digits', text_answer(b'{"a":' + b'9' * 5000 + b'}'), 'not_json'),
    ('nested deeply', text_answer(b'{"a":' * 100000 + b'1' + b'}' * 100000), 'not_json'),
    ('10 MB', ENDLESS, 'too_large'),
    ('one byte too many', text_answer(b' ' * (MEGABYTE - 1) + b'{}'), 'too_large'),
    ('a redirect away', MOVED, 'redirect'),
    ('a redirect here', STAYED, 'redirect'),
    ('closed at once', [], 'unreachable'),
    ('not HTTP', [b'SSH-2.0-OpenSSH_9.2\r\n'], 'unreachable'),
    ('a broken gzip', text_answer(b'evilmark', headers=[('Content-Encoding', 'gzip')]),
     'unreachable'),
)


def at_path(path, rows):
    """Rows of a table: the endpoint at `path` answers so."""
    return tuple((name, raw(path, response), reason) for name, response, reason in rows)
