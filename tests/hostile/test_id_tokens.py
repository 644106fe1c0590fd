# -*- coding: utf-8 -*-
"""A provider that signs wrong things: each ID token is refused for its own reason."""
import json

from support.hostile import (MARK, MISSING, all_of, at, attacker, claims, header, id_token,
                             payload, raw_part, refused, signed)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.jws import b64url, b64url_decode, make_jws, new_key, public_pem
from support.misbehaviour import misbehaviours

HOUR = 3600


def flipped(token):
    head, middle, signature = token.split('.')
    signature = bytearray(b64url_decode(signature))
    signature[7] ^= 1
    return '.'.join([head, middle, b64url(bytes(signature))])


def with_part(number, data):
    """The token with another first (0) or second (1) part under its old signature."""
    def change(token):
        parts = token.split('.')
        parts[number] = raw_part(data)
        return '.'.join(parts)
    return id_token(change)


def signed_head(data):
    """A header of these very bytes, with a signature that fits them."""
    return signed(lambda provider, header, claims: make_jws(
        data(header), claims, provider.keys[0]))


def literal(name, text):
    """A claim becomes JSON that no encoder would write, such as 1e999."""
    def change(data):
        document = json.loads(data.decode('ascii'))
        document[name] = 'PLACE'
        return json.dumps(document).replace('"PLACE"', text).encode('ascii')
    return payload(change)


def nested(depth):
    return '[' * depth + ']' * depth


def forged(alg, key, **head):
    return signed(lambda provider, header, claims: make_jws(
        dict(header, alg=alg, **head), claims, key(provider)))


def half_signed(provider, header, claims):
    token = make_jws(header, claims, provider.keys[0])
    return token[:-20]


def swapped(provider, header, claims):
    """A good signature, of another token of the same key."""
    other = make_jws(header, dict(claims, sub=u'bob'), provider.keys[0]).split('.')
    return '.'.join(make_jws(header, claims, provider.keys[0]).split('.')[:2] + other[2:])


CLAIMS = misbehaviours(
    'Claims of the ID token',
    ('nonce wrong', claims(nonce=MARK), 'nonce'),
    ('nonce missing', claims(nonce=MISSING), 'nonce'),
    ('nonce null', claims(nonce=None), 'nonce'),
    ('nonce empty', claims(nonce=u''), 'nonce'),
    ('nonce in a list', claims(nonce=lambda nonce: [nonce]), 'nonce'),
    ('nonce in other case', claims(nonce=lambda nonce: nonce.swapcase()), 'nonce'),
    ('nonce with a space', claims(nonce=lambda nonce: nonce + u' '), 'nonce'),
    ('nonce true', claims(nonce=True), 'nonce'),
    ('iss wrong', claims(iss=u'https://evilmark.example'), 'iss'),
    ('iss missing', claims(iss=MISSING), 'iss'),
    ('iss in a list', claims(iss=lambda iss: [iss]), 'iss'),
    ('iss null', claims(iss=None), 'iss'),
    ('iss with a slash', claims(iss=lambda iss: iss + u'/'), 'iss'),
    ('iss in upper case', claims(iss=lambda iss: iss.upper()), 'iss'),
    ('iss with a line break', claims(iss=lambda iss: iss + u'\nreference=00000000'), 'iss'),
    ('iss a number', claims(iss=1), 'iss'),
    ('aud wrong', claims(aud=MARK), 'aud'),
    ('aud missing', claims(aud=MISSING), 'aud'),
    ('aud empty list', claims(aud=[]), 'aud'),
    ('aud empty', claims(aud=u''), 'aud'),
    ('aud null', claims(aud=None), 'aud'),
    ('aud with an extra', claims(aud=[u'trac', MARK], azp=u'trac'), 'aud'),
    ('aud with an extra first', claims(aud=[MARK, u'trac']), 'aud'),
    ('aud an object', claims(aud={u'trac': True}), 'aud'),
    ('aud a list in a list', claims(aud=[[u'trac']]), 'aud'),
    ('aud with spaces', claims(aud=u'trac evilmark'), 'aud'),
    ('aud a prefix', claims(aud=u'tra'), 'aud'),
    ('aud in upper case', claims(aud=u'TRAC'), 'aud'),
    ('aud twice without azp', claims(aud=[u'trac', u'trac']), 'azp'),
    ('azp wrong', claims(azp=MARK), 'azp'),
    ('azp null', claims(azp=None), 'azp'),
    ('azp in a list', claims(azp=[u'trac']), 'azp'),
    ('azp empty', claims(azp=u''), 'azp'),
    ('azp right but aud wrong', claims(aud=MARK, azp=u'trac'), 'aud'),
    ('exp past', claims(exp=at(-HOUR)), 'exp'),
    ('exp past the skew', claims(exp=at(-121)), 'exp'),
    ('exp missing', claims(exp=MISSING), 'exp'),
    ('exp text', claims(exp=lambda exp: str(exp)), 'exp'),
    ('exp null', claims(exp=None), 'exp'),
    ('exp true', claims(exp=True), 'exp'),
    ('exp in a list', claims(exp=lambda exp: [exp]), 'exp'),
    ('exp negative', claims(exp=-1), 'exp'),
    ('exp zero', claims(exp=0), 'exp'),
    ('exp 1e999', literal('exp', '1e999'), 'token_form'),
    ('exp NaN', literal('exp', 'NaN'), 'token_form'),
    ('exp Infinity', literal('exp', 'Infinity'), 'token_form'),
    ('exp of 300 digits', literal('exp', '9' * 300), 'exp'),
    ('exp of 5000 digits', literal('exp', '9' * 5000), 'token_form'),
    ('iat in the future', claims(iat=at(HOUR)), 'iat'),
    ('iat two days ago', claims(iat=at(-48 * HOUR)), 'iat'),
    ('iat beyond the skew', claims(iat=at(125)), 'iat'),
    ('iat missing', claims(iat=MISSING), 'iat'),
    ('iat text', claims(iat=lambda iat: str(iat)), 'iat'),
    ('iat null', claims(iat=None), 'iat'),
    ('iat an object', claims(iat={}), 'iat'),
    ('iat 1e999', literal('iat', '-1e999'), 'token_form'),
    ('nbf in the future', claims(nbf=at(HOUR)), 'nbf'),
    ('nbf text', claims(nbf=u'0'), 'nbf'),
    ('nbf null', claims(nbf=None), 'nbf'),
    ('nbf false', claims(nbf=False), 'nbf'),
    ('nbf 1e999', literal('nbf', '1e999'), 'token_form'),
    ('sub missing', claims(sub=MISSING), 'sub'),
    ('sub empty', claims(sub=u''), 'sub'),
    ('sub null', claims(sub=None), 'sub'),
    ('sub a number', claims(sub=42), 'sub'),
    ('sub a list', claims(sub=[u'alice']), 'sub'),
    ('sub of 256 characters', claims(sub=u'a' * 256), 'sub'),
    ('sub an object', claims(sub={u'alice': 1}), 'sub'),
    ('sub another than userinfo', claims(sub=u'bob'), 'userinfo_sub'),
    ('sub half a character', all_of(claims(sub=u'\ud800'), lambda provider: provider.hooks.update(
        userinfo=lambda info: dict(info, sub=u'\ud800'))), 'token_form'),
    ('sid half a character', claims(sid=u'\ud800'), 'token_form'),
    ('at_hash wrong', claims(at_hash=MARK), 'at_hash'),
    ('at_hash null', claims(at_hash=None), 'at_hash'),
    ('at_hash empty', claims(at_hash=u''), 'at_hash'),
    ('at_hash in a list', claims(at_hash=lambda value: [value]), 'at_hash'),
    ('at_hash too short', claims(at_hash=lambda value: value[:11]), 'at_hash'),
    ('iss nested', literal('iss', nested(20)), 'iss'),
    ('claims nested too deep', literal('iss', nested(5500)), 'token_form'),
)

SIGNATURES = misbehaviours(
    'Header and signature of the ID token',
    ('signature flipped', id_token(flipped), 'signature'),
    ('signature of another token', signed(swapped), 'signature'),
    ('signature empty', id_token(lambda token: token.rsplit('.', 1)[0] + '.'), 'signature'),
    ('signature cut', signed(half_signed), 'signature'),
    ('signature by another key', forged('RS256', attacker), 'signature'),
    ('header changed after', with_part(0, '{"alg":"RS256","kid":"key-1","x":1}'), 'signature'),
    ('claims changed after', with_part(1, '{"iss":"evilmark","sub":"alice"}'), 'signature'),
    ('alg none', forged('none', lambda provider: None), 'alg'),
    ('alg None', forged('None', lambda provider: None), 'alg'),
    ('alg nOnE with a signature', forged('nOnE', attacker), 'alg'),
    ('alg empty', forged('', attacker), 'alg'),
    ('alg missing', header(alg=MISSING), 'alg'),
    ('alg null', header(alg=None), 'alg'),
    ('alg a list', header(alg=[u'RS256']), 'alg'),
    ('alg an object', header(alg={u'RS256': 1}), 'alg'),
    ('alg in lower case', header(alg=u'rs256'), 'alg'),
    ('alg with a line break', header(alg=u'RS256\nreference=00000000 reason=none'), 'alg'),
    ('HS256 with the public key', forged('HS256', lambda provider: public_pem(provider.keys[0])),
     'alg'),
    ('HS256 with the client secret', forged('HS256', lambda provider: b'provider-test-secret'),
     'alg'),
    ('HS256 with an empty secret', forged('HS256', lambda provider: b''), 'alg'),
    ('HS256 with the key id', forged('HS256', lambda provider: b'key-1'), 'alg'),
    ('RS384 by the right key', forged('RS384', lambda provider: new_key('key-1', 'RS384')), 'alg'),
    ('PS256 by the right key', forged('PS256', lambda provider: new_key('key-1', 'PS256')), 'alg'),
    ('ES256 by a published key', lambda provider: provider.add_key(
        new_key('key-ec', 'ES256'), signing=True), 'alg'),
    ('ES256 said to be RS256', all_of(lambda provider: provider.add_key(
        new_key('key-ec', 'ES256'), signing=True), header(alg=u'RS256')), 'key_unknown'),
    ('kid unknown', header(kid=MARK), 'key_unknown'),
    ('kid a number', header(kid=1), 'header'),
    ('kid a list', header(kid=[u'key-1']), 'header'),
    ('kid empty', header(kid=u''), 'key_unknown'),
    ('kid a path', header(kid=u'../../../../dev/null'), 'key_unknown'),
    ('kid an SQL injection', header(kid=u"x' UNION SELECT 'evilmark"), 'key_unknown'),
    ('kid with line breaks', header(kid=u'\r\nreference=00000000 reason=ok'), 'key_unknown'),
    ('no kid and another key', forged('RS256', lambda provider: new_key(None, number=7),
                                      kid=None), 'signature'),
    ('header jwk', signed(lambda provider, header, claims: make_jws(
        dict(header, jwk=attacker().jwk()), claims, attacker())), 'header'),
    ('header jku', forged('RS256', attacker, jku=u'https://evilmark.example/jwks'), 'header'),
    ('header x5u', forged('RS256', attacker, x5u=u'https://evilmark.example/pem'), 'header'),
    ('header crit', header(crit=[u'exp']), 'header'),
    ('header crit empty', header(crit=[]), 'header'),
    ('header b64 false', header(b64=False, crit=[u'b64']), 'header'),
    ('header zip', header(zip=u'DEF'), 'header'),
    ('header enc', header(enc=u'A256GCM'), 'header'),
    ('typ of an access token', header(typ=u'at+jwt'), 'typ'),
    ('typ of a logout token', header(typ=u'logout+jwt'), 'typ'),
    ('typ a list', header(typ=[u'JWT']), 'typ'),
)

FORMS = misbehaviours(
    'Form of the ID token',
    ('one part', id_token(lambda token: token.split('.')[0]), 'token_form'),
    ('two parts', id_token(lambda token: token.rsplit('.', 1)[0]), 'token_form'),
    ('four parts', id_token(lambda token: token + '.e30'), 'token_form'),
    ('five parts', id_token(lambda token: token + '.e30.e30'), 'token_form'),
    ('a trailing dot', id_token(lambda token: token + '.'), 'token_form'),
    ('only dots', id_token(lambda token: '..'), 'token_form'),
    ('ten thousand dots', id_token(lambda token: '.' * 10000), 'token_form'),
    ('base64 junk', id_token(lambda token: '!!!.???.***'), 'token_form'),
    ('base64 of one character', id_token(lambda token: 'A' + token[token.index('.'):]),
     'token_form'),
    ('base64 with the other alphabet', id_token(lambda token: token + '+/'), 'token_form'),
    ('base64 with padding', id_token(lambda token: token + '=='), 'token_form'),
    ('base64 padded in the header', id_token(lambda token: token.replace('.', '=.', 1)),
     'token_form'),
    ('header not JSON', with_part(0, 'evilmark'), 'token_form'),
    ('header an array', with_part(0, '["RS256"]'), 'token_form'),
    ('header null', with_part(0, 'null'), 'token_form'),
    ('header empty', with_part(0, ''), 'token_form'),
    ('header not UTF-8', with_part(0, b'{"alg":"RS256","x":"\xff"}'), 'token_form'),
    ('header with a byte order mark', with_part(0, u'\ufeff{"alg":"RS256"}'), 'token_form'),
    ('header UTF-16', with_part(0, u'{"alg":"RS256"}'.encode('utf-16')), 'token_form'),
    ('claims an array', payload(lambda data: b'[' + data + b']'), 'token_form'),
    ('claims text', payload(lambda data: b'"evilmark"'), 'token_form'),
    ('claims not JSON', payload(lambda data: b'evilmark'), 'token_form'),
    ('claims cut', payload(lambda data: data[:-1]), 'token_form'),
    ('claims with more behind', payload(lambda data: data + b'{}'), 'token_form'),
    ('claims not UTF-8', payload(lambda data: data[:-1] + b',"x":"\xff"}'), 'token_form'),
    ('header of nested objects', signed_head(lambda header: b'{"a":' * 1700 + b'1' + b'}'
                                             * 1700), 'token_form'),
    ('a token of 17 KiB', claims(padding=u'x' * 13000), 'token_size'),
    ('a token of 900 KB', claims(padding=u'x' * 650000), 'token_size'),
    ('a response with a token of 1 MB', claims(padding=u'x' * 1000000), 'too_large'),
    ('an encrypted token', id_token(lambda token: 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..'
                                    + 'AAAA.AAAA.AAAA'), 'token_form'),
    ('text that is not ASCII', id_token(lambda token: token + u'ž'), 'id_token'),
    ('a line break in the token', id_token(lambda token: token[:40] + '\n' + token[40:]),
     'id_token'),
    ('a space behind the token', id_token(lambda token: token + ' '), 'id_token'),
    ('a NUL in the token', id_token(lambda token: token + '\0'), 'id_token'),
)


@CLAIMS
def test_a_claim_that_breaks_a_rule_is_refused(case, visitor, hostile, caplog):  # noqa: F811
    refused(case, visitor, hostile, caplog)


@SIGNATURES
def test_a_signature_that_proves_nothing_is_refused(
        case, visitor, hostile, caplog):  # noqa: F811
    refused(case, visitor, hostile, caplog)


@FORMS
def test_what_is_no_signed_jwt_is_refused(case, visitor, hostile, caplog):  # noqa: F811
    refused(case, visitor, hostile, caplog)
