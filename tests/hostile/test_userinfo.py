# -*- coding: utf-8 -*-
"""A provider that signs what it says of a person: taken when it is right, refused when not."""
from support.hostile import (HTML, MARK, MISSING, all_of, assert_refused, attacker, attempt,
                             claims, discovery, raw, raw_part, secrets_of, table, userinfo)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.jws import make_jws, new_key, public_pem, read_jws
from support.misbehaviour import misbehaviours

JWT = [('Content-Type', 'application/jwt')]


def header(**changes):
    def misbehave(provider):
        provider.hooks['userinfo_header'] = lambda header: dict(
            (name, value) for name, value in dict(header, **changes).items()
            if value is not MISSING)
    return misbehave


def token(change):
    """The finished JWT becomes what `change` makes of it."""
    def misbehave(provider):
        provider.hooks['userinfo_token'] = change
    return misbehave


def forged(key, **changes):
    """The same claims, signed by whom `key(provider)` is."""
    def misbehave(provider):
        provider.hooks['userinfo_token'] = lambda token: make_jws(
            dict(read_jws(token)[0], **changes), read_jws(token)[1], key(provider))
    return misbehave


def tampered(token):
    head, _, signature = token.split('.')
    return '.'.join([head, raw_part(b'{"sub":"alice","preferred_username":"evilmark"}'),
                     signature])


def the_id_token(provider):
    """What is right for the other purpose: no user name, but signed and for us."""
    provider.hooks['userinfo_token'] = lambda token: [
        issued for issued in provider.issued if issued.count('.') == 2][-1]


SIGNED = misbehaviours(
    'Signed userinfo',
    ('sub of another', userinfo(sub=u'bob'), 'userinfo_sub'),
    ('sub missing', userinfo(sub=MISSING), 'userinfo_sub'),
    ('sub in a list', userinfo(sub=[u'alice']), 'userinfo_sub'),
    ('iss wrong', userinfo(iss=u'https://evilmark.example'), 'userinfo_iss'),
    ('iss with a slash', userinfo(iss=lambda iss: iss + u'/'), 'userinfo_iss'),
    ('iss null', userinfo(iss=None), 'userinfo_iss'),
    ('iss in a list', userinfo(iss=lambda iss: [iss]), 'userinfo_iss'),
    ('aud wrong', userinfo(aud=MARK), 'userinfo_aud'),
    ('aud others', userinfo(aud=[MARK, u'tra']), 'userinfo_aud'),
    ('aud empty list', userinfo(aud=[]), 'userinfo_aud'),
    ('aud null', userinfo(aud=None), 'userinfo_aud'),
    ('aud an object', userinfo(aud={u'trac': 1}), 'userinfo_aud'),
    ('aud in a list in a list', userinfo(aud=[[u'trac']]), 'userinfo_aud'),
    ('alg none', forged(lambda provider: None, alg='none'), 'alg'),
    ('alg missing', header(alg=MISSING), 'alg'),
    ('alg a list', header(alg=[u'RS256']), 'alg'),
    ('HS256 with the public key', forged(lambda provider: public_pem(provider.keys[0]),
                                         alg='HS256'), 'alg'),
    ('HS256 with the client secret', forged(lambda provider: b'provider-test-secret',
                                            alg='HS256'), 'alg'),
    ('PS256', forged(lambda provider: new_key('key-1', 'PS256'), alg='PS256'), 'alg'),
    ('by another key', forged(attacker), 'signature'),
    ('kid unknown', header(kid=MARK), 'key_unknown'),
    ('header jwk', forged(attacker, jwk=attacker().jwk()), 'header'),
    ('header jku', header(jku=u'https://evilmark.example/'), 'header'),
    ('header crit', header(crit=[u'exp']), 'header'),
    ('claims changed after', token(tampered), 'signature'),
    ('no signature', token(lambda token: token.rsplit('.', 1)[0] + '.'), 'signature'),
    ('two parts', token(lambda token: token.rsplit('.', 1)[0]), 'token_form'),
    ('four parts', token(lambda token: token + '.e30'), 'token_form'),
    ('encrypted', token(lambda token: 'eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA.AAAA.AAAA'),
     'userinfo_encrypted'),
    ('encrypted directly', token(lambda token: 'eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA'),
     'userinfo_encrypted'),
    ('a line break behind it', token(lambda token: token + '\n'), 'token_form'),
    ('not ASCII', token(lambda token: token + u'ž'), 'token_form'),
    ('nothing', token(lambda token: ''), 'token_form'),
    ('JSON', token(lambda token: u'{"sub":"alice"}'), 'token_form'),
    ('HTML', raw('/userinfo', (200, JWT, HTML[2])), 'token_form'),
    ('bytes', raw('/userinfo', (200, JWT, b'\xff\xfe\x00.\x80.\x81')), 'token_form'),
    ('an array of claims', raw('/userinfo', lambda handler: (200, JWT, make_jws(
        {'alg': 'RS256', 'kid': 'key-1'}, [1],
        handler.server.provider.keys[0]).encode('ascii'))), 'token_form'),
    ('of 17 KiB', userinfo(name=u'x' * 13000), 'token_size'),
    ('of 2 MB', raw('/userinfo', (200, JWT, b'A' * 2000000)), 'too_large'),
    ('half a character', userinfo(name=u'\ud800'), 'token_form'),
    ('status 401', raw('/userinfo', (401, JWT, b'a.b.c')), 'status'),
    ('status 500', raw('/userinfo', (500, JWT, b'a.b.c')), 'status'),
    ('a redirect', raw('/userinfo', (302, JWT + [('Location', '/userinfo')], b'')), 'redirect'),
    ('a JWT that is said to be JSON', raw('/userinfo', lambda handler: (200, [
        ('Content-Type', 'application/json')], make_jws(
            {'alg': 'RS256', 'kid': 'key-1'}, {'sub': 'alice'},
            handler.server.provider.keys[0]).encode('ascii'))), 'not_json'),
    ('the ID token of the same sign-in', the_id_token, 'username_missing'),
)


@SIGNED
def test_signed_userinfo_that_breaks_a_rule_is_refused(
        case, visitor, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    hostile.userinfo_signed = True
    misbehave(hostile)
    journey = visitor()
    response = attempt(journey)
    assert hostile.count('/userinfo') == 1, 'the case never reached the endpoint'
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))


RIGHT = table(
    ('as the standard has it', lambda provider: None),
    ('aud a list', userinfo(aud=[u'x', u'trac'])),
    ('no iss and no aud', userinfo(iss=MISSING, aud=MISSING)),
    ('no kid', header(kid=MISSING)),
    ('a content type in other case', raw('/userinfo', lambda handler: (200, [
        ('Content-Type', 'Application/JWT; charset=utf-8')], make_jws(
            {'alg': 'RS256', 'kid': 'key-1'}, {'sub': 'alice', 'preferred_username': 'alice'},
            handler.server.provider.keys[0]).encode('ascii')))),
    ('by the next key', lambda provider: provider.rotate_keys()),
)


@RIGHT
def test_signed_userinfo_signs_in(case, visitor, hostile):  # noqa: F811
    hostile.userinfo_signed = True
    case[0](hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'
    asked = [request for request in hostile.requests if request.path == '/userinfo']
    assert asked[0].headers['accept'] == 'application/json, application/jwt'


def test_what_may_sign_an_id_token_may_sign_userinfo(visitor, hostile):  # noqa: F811
    hostile.userinfo_signed = True
    hostile.keys = [new_key('ec', 'ES256')]
    journey = visitor(TRAC_OIDC_SIGNING_ALGS='ES256')
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'


def test_an_encrypted_answer_is_said_to_the_administrator(
        visitor, hostile, caplog):  # noqa: F811
    all_of(token(lambda token: 'e30.AAAA.AAAA.AAAA.AAAA'), claims(sub=u'alice'), discovery())(
        hostile)
    hostile.userinfo_signed = True
    attempt(visitor())
    assert 'expected userinfo that is not encrypted, got a JWE' in caplog.text
