# -*- coding: utf-8 -*-
"""A provider that answers the browser wrongly, or names a person as nobody may be called."""
import re

from support.hostile import (MARK, MISSING, all_of, answer, assert_refused, attempt, claims,
                             discovery, lines, links, secrets_of, table, userinfo)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.misbehaviour import misbehaviours

NAME = 'preferred_username'


def pairs(change):
    """The parameters, as a list, become what `change` makes of them."""
    def misbehave(provider):
        provider.hooks['authorize'] = lambda answer: change(sorted(answer.items()))
    return misbehave


def twice(name, other=None):
    def change(parameters):
        value = dict(parameters)[name]
        return parameters + [(name, value if other is None else other)]
    return pairs(change)


def error(code, **more):
    return answer(code=MISSING, error=code, **more)


def escaped(old, new):
    """The callback address with one piece of its query in another spelling."""
    return lambda target: target.replace(old, new, 1)


# RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6
ERRORS = misbehaviours(
    'Errors in place of a code',
    ('access_denied', u'access_denied', 'access_denied', u'declined'),
    ('login_required', u'login_required', 'login_required', u'asks you to sign in there first'),
    ('interaction_required', u'interaction_required', 'interaction_required',
     u'needs an answer from you'),
    ('consent_required', u'consent_required', 'consent_required', u'needs your consent'),
    ('account_selection_required', u'account_selection_required', 'account_selection_required',
     u'choose an account'),
    ('temporarily_unavailable', u'temporarily_unavailable', 'temporarily_unavailable',
     u'not available at the moment'),
    ('unmet_authentication_requirements', u'unmet_authentication_requirements',
     'unmet_authentication_requirements', u'as strongly as this server asks'),
    ('server_error', u'server_error', 'server_error', u'had a problem of its own'),
    ('invalid_request', u'invalid_request', 'provider_error', u'refused the sign-in'),
    ('unauthorized_client', u'unauthorized_client', 'provider_error', u'refused the sign-in'),
    ('unsupported_response_type', u'unsupported_response_type', 'provider_error',
     u'refused the sign-in'),
    ('invalid_scope', u'invalid_scope', 'provider_error', u'refused the sign-in'),
    ('unknown', u'evilmark', 'provider_error', u'refused the sign-in'),
    ('empty', u'', 'provider_error', u'refused the sign-in'),
    ('HTML', u'<script>alert("evilmark")</script>', 'provider_error', u'refused the sign-in'),
    ('a template', u'{{evilmark}}%s%(evilmark)s', 'provider_error', u'refused the sign-in'),
    ('line breaks', u'x\r\nreference=00000000 reason=none evilmark', 'provider_error',
     u'refused the sign-in'),
    ('a line separator', u'x\u2028reference=00000000\x85reason=none', 'provider_error',
     u'refused the sign-in'),
    ('a terminal escape', u'\x1b[2J\x1b[31mevilmark', 'provider_error', u'refused the sign-in'),
    ('not ASCII', u'žluťoučký', 'provider_error', u'refused the sign-in'),
    ('4000 characters', u'x' * 4000, 'provider_error', u'refused the sign-in'),
    ('access_denied in upper case', u'ACCESS_DENIED', 'provider_error', u'refused the sign-in'),
    reason=2)


@ERRORS
def test_an_error_is_said_in_a_sentence_and_never_repeated(
        case, visitor, hostile, caplog):  # noqa: F811
    code, reason, sentence = case
    error(code, error_description=u'<img src=x onerror=evilmark>\r\nreference=00000000 reason=no',
          error_uri=u'https://evilmark.example/')(hostile)
    journey = visitor()
    response = attempt(journey)
    assert_refused(journey, response, caplog, reason)
    assert sentence in response.text
    assert '<script' not in response.text and '<img' not in response.text
    assert links(response)[0] == '/login'
    assert hostile.count('/token') == 0
    assert not any('onerror' in line or line.startswith('reference=00000000')
                   for line in lines(caplog))


MAX_AGE, ACR = {'TRAC_OIDC_MAX_AGE': '1h'}, {'TRAC_OIDC_ACR_VALUES': 'gold silver'}

ASKED = misbehaviours(
    'What was asked of the sign-in',
    ('no auth_time', MAX_AGE, claims(auth_time=MISSING), 'auth_time'),
    ('auth_time null', MAX_AGE, claims(auth_time=None), 'auth_time'),
    ('auth_time text', MAX_AGE, claims(auth_time=lambda time: str(time)), 'auth_time'),
    ('auth_time true', MAX_AGE, claims(auth_time=True), 'auth_time'),
    ('auth_time two hours ago', MAX_AGE, claims(auth_time=lambda time: time - 7200), 'auth_time'),
    ('auth_time in an hour', MAX_AGE, claims(auth_time=lambda time: time + 3600), 'auth_time'),
    ('auth_time zero', MAX_AGE, claims(auth_time=0), 'auth_time'),
    ('no acr', ACR, claims(acr=MISSING), 'acr'),
    ('acr null', ACR, claims(acr=None), 'acr'),
    ('acr empty', ACR, claims(acr=u''), 'acr'),
    ('another acr', ACR, claims(acr=MARK), 'acr'),
    ('all that was asked for as acr', ACR, claims(acr=u'gold silver'), 'acr'),
    ('acr in a list', ACR, claims(acr=[u'gold']), 'acr'),
    ('acr in upper case', ACR, claims(acr=u'GOLD'), 'acr'),
)


@ASKED
def test_what_was_asked_of_the_sign_in_has_to_be_answered(
        case, visitor, hostile, caplog):  # noqa: F811
    settings, misbehave, reason = case
    misbehave(hostile)
    journey = visitor(**settings)
    assert_refused(journey, attempt(journey), caplog, reason, secrets_of(hostile))


@table(('max_age', MAX_AGE, claims(auth_time=lambda time: time - 3500)),
       ('the second acr', ACR, claims(acr=u'silver')),
       ('prompt', {'TRAC_OIDC_PROMPT': 'login consent'}, claims()))
def test_what_was_asked_and_answered_signs_in(case, visitor, hostile):  # noqa: F811
    settings, behave = case
    behave(hostile)
    journey = visitor(**settings)
    location = journey.login()
    for variable, value in settings.items():
        name = variable[len('TRAC_OIDC_'):].lower()
        assert '%s=%s' % (name, {'1h': '3600'}.get(value, value).replace(' ', '+')) in \
            location.replace('%20', '+')
    assert journey.callback(journey.authorize(location)).status_int == 303
    assert journey.user() == 'alice'


def test_an_error_does_not_begin_a_sign_in_by_itself(visitor, hostile):  # noqa: F811
    error(u'login_required')(hostile)
    response = attempt(visitor())
    assert response.status_int == 403
    assert 'Location' not in response.headers and 'Refresh' not in response.headers
    assert 'http-equiv' not in response.text


PARAMETERS = misbehaviours(
    'Parameters of the answer',
    ('error and code', answer(error=u'access_denied'), 'access_denied'),
    ('no code', answer(code=MISSING), 'code'),
    ('code empty', answer(code=u''), 'code'),
    ('code of spaces', answer(code=u' '), 'code'),
    ('code with a line break', answer(code=lambda code: code + u'\n'), 'code'),
    ('code with a line break inside', answer(code=u'a\r\nHost: evilmark'), 'code'),
    ('code not ASCII', answer(code=u'žž'), 'code'),
    ('code of 5000 characters', answer(code=u'x' * 5000), 'code'),
    ('code of another sign-in', answer(code=u'code-evilmark'), 'invalid_grant'),
    ('a query of 9000 bytes', answer(more=u'x' * 9000), 'query_size'),
    ('iss wrong', answer(iss=u'https://evilmark.example'), 'response_iss'),
    ('iss missing', answer(iss=MISSING), 'response_iss'),
    ('iss empty', answer(iss=u''), 'response_iss'),
    ('iss with a slash', answer(iss=lambda iss: iss + u'/'), 'response_iss'),
    ('iss in upper case', answer(iss=lambda iss: iss.upper()), 'response_iss'),
    ('iss not ASCII', answer(iss=u'ž'), 'response_iss'),
    ('iss with a NUL', answer(iss=lambda iss: iss + u'\0'), 'response_iss'),
    ('iss wrong and an error', answer(code=MISSING, error=u'access_denied',
                                      iss=u'https://evilmark.example'), 'response_iss'),
    ('iss missing and an error', answer(code=MISSING, error=u'access_denied', iss=MISSING),
     'response_iss'),
    ('iss twice and one empty', twice('iss', u''), 'duplicate'),
    ('iss twice', twice('iss'), 'duplicate'),
    ('iss twice and different', twice('iss', u'https://evilmark.example'), 'duplicate'),
    ('code twice', twice('code'), 'duplicate'),
    ('code twice and different', twice('code', MARK), 'duplicate'),
    ('state twice', twice('state'), 'duplicate'),
    ('state twice and one empty', twice('state', u''), 'duplicate'),
    ('error twice', pairs(lambda parameters: parameters + [('error', u'a'), ('error', u'b')]),
     'duplicate'),
    ('unknown twice', pairs(lambda parameters: parameters + [('x', u'a'), ('x', u'b')]),
     'duplicate'),
    ('state missing', answer(state=MISSING), 'state_missing'),
    ('state empty', answer(state=u''), 'state_unknown'),
    ('state wrong', answer(state=u'x' * 43), 'state_unknown'),
    ('state with a line break', answer(state=lambda state: state + u'\n'), 'state_unknown'),
    ('state with a space', answer(state=lambda state: u' ' + state), 'state_unknown'),
    ('state in other case', answer(state=lambda state: state.swapcase()), 'state_unknown'),
    ('state not ASCII', answer(state=u'ž' * 43), 'state_unknown'),
    ('state of 7000 characters', answer(state=u'x' * 7000), 'state_unknown'),
    ('nothing', pairs(lambda parameters: []), 'state_missing'),
)


@PARAMETERS
def test_an_answer_that_is_none_is_refused(case, visitor, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    misbehave(hostile)
    journey = visitor()
    assert_refused(journey, attempt(journey), caplog, reason, secrets_of(hostile))


def test_unknown_parameters_are_ignored(visitor, hostile):  # noqa: F811
    """RFC 6749 section 4.1.2."""
    pairs(lambda parameters: parameters + [('p%d' % number, u'') for number in range(1000)])(
        hostile)
    assert attempt(visitor()).status_int == 303


SPELLINGS = table(
    ('iss that is no UTF-8', escaped('iss=', 'iss=%ff'), 'response_iss'),
    ('code that is no UTF-8', escaped('code=', 'code=%ff'), 'code'),
    ('state that is no UTF-8', escaped('state=', 'state=%ff'), 'state_unknown'),
    ('error that is no UTF-8', escaped('code=', 'error=%ff%fe&x='), 'provider_error'),
    ('a name that is no UTF-8', escaped('?', '?%ff=1&%ff=2&'), 'duplicate'),
    ('a name in two spellings', escaped('?', '?%63ode=evilmark&'), 'duplicate'),
    ('broken escapes', escaped('code=', 'code=%&x='), 'invalid_grant'),
    ('a semicolon for an ampersand', escaped('&iss=', ';iss='), 'state_unknown'),
    ('a semicolon in the code', lambda target: re.sub(r'(?<=[?&]code=)[^&]*', 'a;code=b', target),
     'invalid_grant'),
)


@SPELLINGS
def test_an_answer_is_read_alike_on_both_pythons(case, visitor, hostile, caplog):  # noqa: F811
    change, reason = case
    hostile.hooks['authorize'] = lambda answer: [  # code and state first
        (name, answer[name]) for name in ('code', 'state', 'iss')]
    journey = visitor()
    target = journey.authorize(journey.login())
    assert change(target) != target
    assert_refused(journey, journey.callback(change(target)), caplog, reason,
                   secrets_of(hostile))


def test_iss_may_be_missing_where_it_was_not_promised(visitor, hostile):  # noqa: F811
    discovery(authorization_response_iss_parameter_supported=MISSING)(hostile)
    answer(iss=MISSING)(hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'


def test_iss_is_compared_where_it_was_not_promised(visitor, hostile, caplog):  # noqa: F811
    discovery(authorization_response_iss_parameter_supported=MISSING)(hostile)
    answer(iss=u'https://evilmark.example')(hostile)
    journey = visitor()
    assert_refused(journey, attempt(journey), caplog, 'response_iss')


def named(value):
    return userinfo(**{NAME: value})


NAMES = misbehaviours(
    'Names',
    ('missing', named(MISSING), 'username_missing'),
    ('null', named(None), 'username_missing'),
    ('elsewhere', userinfo(preferred_username=MISSING, _claim_names={NAME: u'src1'},
                           _claim_sources={u'src1': {u'endpoint': u'https://evilmark.example'}}),
     'username_elsewhere'),
    ('elsewhere by the ID token', all_of(claims(_claim_names={NAME: u'src1'}), named(MISSING)),
     'username_elsewhere'),
    ('empty', named(u''), 'username_form'),
    ('a space', named(u' '), 'username_form'),
    ('a list', named([u'evilmark']), 'username_form'),
    ('an object', named({u'evilmark': u'evilmark'}), 'username_form'),
    ('a number', named(42), 'username_form'),
    ('true', named(True), 'username_form'),
    ('anonymous', named(u'anonymous'), 'username_reserved'),
    ('Anonymous', named(u'Anonymous'), 'username_reserved'),
    ('authenticated', named(u'authenticated'), 'username_reserved'),
    ('AUTHENTICATED', named(u'AUTHENTICATED'), 'username_reserved'),
    ('TRAC_ADMIN', named(u'TRAC_ADMIN'), 'username_reserved'),
    ('WIKI_VIEW', named(u'WIKI_VIEW'), 'username_reserved'),
    ('anonymous and a space', named(u'anonymous '), 'username_form'),
    ('300 characters', named(u'a' * 300), 'username_form'),
    ('256 characters', named(u'a' * 256), 'username_form'),
    ('outer spaces', named(u' evilmark'), 'username_form'),
    ('half a character', named(u'al\ud800ice'), 'not_json'),
    ('outer no-break space', named(u'evilmark\xa0'), 'username_form'),
)

# In the middle of a name each of them is invisible, or looks like something else.
CHARACTERS = (
    (u'NUL', u'\0'), (u'line feed', u'\n'), (u'carriage return', u'\r'), (u'tab', u'\t'),
    (u'escape', u'\x1b'), (u'delete', u'\x7f'), (u'next line', u'\x85'),
    (u'soft hyphen', u'\xad'), (u'zero width space', u'\u200b'),
    (u'zero width joiner', u'\u200d'), (u'left-to-right mark', u'\u200e'),
    (u'right-to-left override', u'\u202e'), (u'isolate', u'\u2066'),
    (u'line separator', u'\u2028'), (u'paragraph separator', u'\u2029'),
    (u'word joiner', u'\u2060'), (u'byte order mark', u'\ufeff'),
    (u'private use', u'\ue000'), (u'no character', u'\uffff'), (u'tag letter', u'\U000e0041'),
    (u'combining grapheme joiner', u'\u034f'), (u'variation selector', u'\ufe0f'),
    (u'variation selector 17', u'\U000e0100'), (u'hangul filler', u'\u3164'),
    (u'hangul choseong filler', u'\u115f'), (u'halfwidth hangul filler', u'\uffa0'),
    (u'mongolian variation selector', u'\u180b'), (u'khmer inherent vowel', u'\u17b4'),
    (u'braille blank', u'\u2800'), (u'no-break space', u'\xa0'), (u'em space', u'\u2003'),
    (u'ideographic space', u'\u3000'),
)


@NAMES
def test_a_name_that_trac_cannot_use_is_refused(case, visitor, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    misbehave(hostile)
    journey = visitor()
    response = attempt(journey)
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))
    # The claim is named for the administrator.
    assert reason == 'not_json' or any('preferred_username' in line for line in lines(caplog))


@misbehaviours('Characters in a name', *CHARACTERS, reason='username_form')
def test_a_name_with_an_invisible_character_is_refused(
        case, visitor, hostile, caplog):  # noqa: F811
    named(u'al%sice' % case[0])(hostile)
    journey = visitor()
    assert_refused(journey, attempt(journey), caplog, 'username_form', secrets_of(hostile))


HTML_NAMES = table(
    ('script', u'<script>evilmark()</script>'),
    ('attribute', u'"onmouseover="evilmark()'),
    ('single quotes', u"'evilmark'"),
    ('entity', u'&lt;evilmark&gt;'),
    ('template', u'${evilmark}{{evilmark}}{% evilmark %}'),
    ('wiki', u'[javascript:evilmark evilmark]'),
    ('path', u'../../evilmark'),
    ('percent', u'%0d%0aevilmark'),
    ('SQL', u"evilmark'; DROP TABLE session; --"),
)


@HTML_NAMES
def test_a_name_is_text_wherever_it_is_shown(case, visitor, hostile, caplog):  # noqa: F811
    name = case[0]
    named(name)(hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    page = journey.web.get('/wiki').text
    if u'<' in name:
        assert name not in page
    shown = re.search(u'logged in as\\s*<[^>]*>([^<]*)<', page).group(1)
    for entity, character in ((u'&lt;', u'<'), (u'&gt;', u'>'), (u'&#34;', u'"'),
                              (u'&#39;', u"'"), (u'&quot;', u'"'), (u'&amp;', u'&')):
        shown = shown.replace(entity, character)
    assert shown == name
    assert MARK not in journey.web.get('/oidc/signed-out').text


ALLOWED = table(
    ('255 characters', u'a' * 255), ('not ASCII', u'žofie'), ('an inner space', u'Žofie N'),
    ('a combining accent', u'e\u0301ric'),
    ('Chinese', u'王小明'), ('Arabic', u'ليلى'), ('beyond the first plane', u'𠮷野'),
    ('a slash', u'dir/alice'), ('a backslash', u'DOMAIN\\alice'), ('a colon', u'a:b'),
)


@ALLOWED
def test_a_name_of_any_script_arrives_intact(case, visitor, hostile):  # noqa: F811
    named(case[0])(hostile)
    journey = visitor()
    assert attempt(journey).status_int == 303
    assert journey.user() == case[0]


def test_the_id_token_wins_over_userinfo(visitor, hostile):  # noqa: F811
    claims(preferred_username=u'bob')(hostile)
    named(u'evilmark')(hostile)
    journey = visitor()
    attempt(journey)
    assert journey.user() == 'bob'


def test_null_in_the_id_token_is_no_name(visitor, hostile, caplog):  # noqa: F811
    claims(preferred_username=None)(hostile)
    named(MISSING)(hostile)
    journey = visitor()
    assert_refused(journey, attempt(journey), caplog, 'username_missing')
