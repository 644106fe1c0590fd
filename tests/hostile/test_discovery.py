# -*- coding: utf-8 -*-
"""A provider whose discovery document would send browsers and secrets elsewhere."""
from support.hostile import MISSING, discovery, json_answer, links, raw, refused
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.hostile_endpoints import ANYWHERE, DISCOVERY, at_path
from support.misbehaviour import misbehaviours


def elsewhere(name, url):
    return discovery(**{name: url})


def swapped(url):
    """The provider's own URL, through a name that only looks like it."""
    return url.replace('http://127.0.0.1', u'http://evilmark.example\\@127.0.0.1')


DISCOVERED = (
    ('issuer with a slash', discovery(issuer=lambda issuer: issuer + u'/'), 'issuer'),
    ('issuer elsewhere', discovery(issuer=u'https://evilmark.example'), 'issuer'),
    ('issuer missing', discovery(issuer=MISSING), 'issuer'),
    ('issuer in a list', discovery(issuer=lambda issuer: [issuer]), 'issuer'),
    ('issuer in upper case', discovery(issuer=lambda issuer: issuer.upper()), 'issuer'),
    ('issuer by another name', discovery(issuer=lambda issuer: issuer.replace(
        '127.0.0.1', u'localhost')), 'issuer'),
    ('issuer with line breaks', discovery(issuer=u'x\nreference=00000000 reason=none'), 'issuer'),
    ('issuer of 900 KB', discovery(issuer=u'x' * 900000), 'issuer'),
    ('no authorization_endpoint', discovery(authorization_endpoint=MISSING), 'endpoint'),
    ('no token_endpoint', discovery(token_endpoint=MISSING), 'endpoint'),
    ('no jwks_uri', discovery(jwks_uri=MISSING), 'endpoint'),
    ('endpoint null', discovery(token_endpoint=None), 'endpoint'),
    ('endpoint in a list', discovery(token_endpoint=lambda url: [url]), 'endpoint'),
    ('userinfo_endpoint a number', discovery(userinfo_endpoint=1), 'endpoint'),
    ('revocation_endpoint elsewhere', elsewhere(
        'revocation_endpoint', u'http://evilmark.example/'), 'endpoint'),
    ('pushed_authorization_request_endpoint elsewhere', elsewhere(
        'pushed_authorization_request_endpoint', u'http://evilmark.example/'), 'endpoint'),
    ('mtls_endpoint_aliases a list', discovery(mtls_endpoint_aliases=[]), 'endpoint'),
    ('an alias of token_endpoint elsewhere', discovery(mtls_endpoint_aliases={
        'token_endpoint': u'http://evilmark.example/'}), 'endpoint'),
    ('end_session_endpoint false', discovery(end_session_endpoint=False), 'endpoint'),
) + tuple(
    ('%s %s' % (name, kind), elsewhere(name, url), 'endpoint')
    for kind, url in (
        ('http elsewhere', u'http://evilmark.example/'),
        ('http on a name like loopback', u'http://127.0.0.1.evilmark.example/'),
        ('javascript', u'javascript:alert(document.domain)//evilmark'),
        ('data', u'data:text/html,evilmark'),
        ('with a line break', u'https://evilmark.example/\r\nSet-Cookie: a=b'))
    for name in ('authorization_endpoint', 'end_session_endpoint', 'token_endpoint')
) + tuple(
    ('token_endpoint %s' % kind, elsewhere('token_endpoint', url), 'endpoint')
    for kind, url in (
        ('file', u'file:///etc/passwd'), ('ftp', u'ftp://evilmark.example/'),
        ('relative', u'/token'), ('without scheme', u'//evilmark.example/token'),
        ('without host', u'https:///token'), ('without slashes', u'https:evilmark.example'),
        ('with a space', u'https://evilmark.example/ x'),
        ('with a NUL', u'https://evilmark.example/\0'),
        ('not ASCII', u'https://evilmark.exämple/'),
        ('with a fragment', u'https://evilmark.example/#'),
        ('behind a backslash', swapped), ('an open bracket', u'https://[evilmark/'),
        ('a port of letters', u'http://127.0.0.1:evilmark/'),
        ('a port too high', u'http://127.0.0.1:99999/'),
        ('empty', u''), ('empty host and port', u'https://:443/'), ('an object', {}))
) + (
    ('status 404', raw(DISCOVERY, (404, [], b'')), 'status'),
    ('status 500', raw(DISCOVERY, json_answer({}, 500)), 'status'),
    ('an empty object', raw(DISCOVERY, json_answer({})), 'issuer'),
    ('down', lambda provider: provider.stop(), 'unreachable'),
) + at_path(DISCOVERY, ANYWHERE)


@misbehaviours('Discovery', *DISCOVERED)
def test_a_discovery_document_that_sends_nobody_anywhere(
        case, visitor, hostile, caplog):  # noqa: F811
    response = refused(case, visitor, hostile, caplog, None)
    assert response.status_int == 502
    assert links(response)[0] == '/login'
    assert not set(['/authorize', '/token', '/jwks']) & set(
        request.path for request in hostile.requests)
