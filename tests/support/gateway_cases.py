"""What comes of each application of gateway_apps, with and without the gateway."""

import hashlib

from support.raw_http import Broken, request, split_reply

#: name, method, what comes without the layer, what comes with it.
CASES = [
    ('unsized', 'GET', '200 hello in step', '200 hello in step'),
    ('written', 'GET', '200 hello in step', '200 hello in step'),
    ('generated', 'GET', '200 hello in step', '200 hello in step'),
    ('whole_string', 'GET', '200 hello in step', '200 hello in step'),
    ('replaces', 'GET', '502 hello in step', '502 hello in step'),
    ('unsized', 'HEAD', '200 length=None out of step', '200 length=5 in step'),
    ('written', 'HEAD', '200 length=None out of step', '200 length=5 in step'),
    ('generated', 'HEAD', '200 length=None out of step', '200 length=5 in step'),
    ('sized_body', 'HEAD', '200 length=5 out of step', '200 length=5 in step'),
    ('silent_on_head', 'HEAD', '200 length=None out of step', '200 length=5 in step'),
    ('sized_silent_on_head', 'HEAD', '200 length=5 in step', '200 length=5 in step'),
    ('no_content', 'GET', '204 length=5 out of step', '204 length=None in step'),
    ('not_modified', 'GET', '304 length=None out of step', '304 length=None in step'),
    ('not_modified', 'HEAD', '304 length=None out of step', '304 length=None in step'),
    ('continues', 'GET', '100 hello in step', '500 in step'),
    ('raises', 'GET', '503 in step', '500 in step'),
    ('raises', 'HEAD', '503 out of step', '500 in step'),
    ('raises_first', 'GET', '503 in step', '500 in step'),
    ('raises_in_body', 'GET', 'broken', 'broken'),
    ('raises_in_body', 'HEAD', 'broken', '500 in step'),
    ('raises_in_sized_body', 'GET', 'broken', 'broken'),
    ('starts_twice', 'GET', '201 hello in step', '500 in step'),
    ('replaces_too_late', 'GET', 'broken', 'broken'),
    ('splits', 'GET', '200 hello in step, evil', '500 in step'),
    ('splits_by_line_feed', 'GET', '200 hello in step, evil', '500 in step'),
    ('splits_by_name', 'GET', '200 hello in step, evil', '500 in step'),
    ('never_starts', 'GET', '200  in step', '500 in step'),
    ('not_latin1', 'GET', '503 in step', '500 in step'),
    ('number_as_value', 'GET', '503 in step', '500 in step'),
    ('tuple_of_headers', 'GET', '503 in step', '200 hello in step'),
    ('keywords', 'GET', '503 in step', '200 hello in step'),
    ('text_chunk', 'GET', '503 in step', '500 in step'),
    ('too_long', 'GET', '503 in step', '200 hello in step'),
    ('too_long_written', 'GET', '503 in step', '200 hello in step'),
    ('too_short', 'GET', 'out of step', 'broken'),
    ('too_short_empty', 'GET', 'out of step', '500 in step'),
    ('hop_by_hop', 'GET', '200 hello in step, doubled', '200 hello in step'),
]


def outcome(server, layer, name, method='GET', **headers):
    """What a client makes of a response, and of the next one on the same connection."""
    data = server.talk(request('/%s/%s' % (layer, name), method, **headers)
                       + request('/bare/plain', close=True))
    try:
        reply, rest = split_reply(data, method)
    except Broken:
        return 'broken'
    if method == 'HEAD' and b'HTTP/1.1' not in rest:
        # Of an application that fails once it has begun, Unit has sent the head by then or not.
        return 'broken'
    if b'HTTP/1.1 200' in reply.body:
        return 'out of step'
    bodiless = method == 'HEAD' or reply.status in (204, 304)
    told = '' if reply.status in (500, 503) else (
        ' length=%s' % reply.get('content-length') if bodiless
        else ' ' + reply.body.decode('ascii'))
    return '%d%s %s%s%s' % (
        reply.status, told, _step(rest), ', evil' * (b'\nSet-Cookie: evil=1' in data),
        ', doubled' * (len(reply.all('transfer-encoding')) > 1))


def _step(rest):
    try:
        reply, left = split_reply(rest)
    except Broken:
        return 'out of step' if rest else 'closed'
    return 'in step' if (reply.status, reply.body, left) == (200, b'plain', b'') else 'out of step'


def uploaded(server, layer, body):
    """Whether an application got the bytes that were sent, and no more."""
    reply = split_reply(server.talk(request('/%s/upload' % layer, 'POST', close=True,
                                            body=body)))[0]
    return reply.body == hashlib.sha256(body).hexdigest().encode('ascii') + b' end'
