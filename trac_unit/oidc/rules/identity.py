"""Claims become an :class:`Identity`: who this is to Trac.  Pure rules."""

import collections
import re
import unicodedata

from ..._compat import native, text_type
from ...errors import IdentityError, shown

#: ``groups_known`` is False where the provider has groups of this person, but
#: did not send them in a form that can be read: ``groups`` is empty then, which
#: does not mean that there are none.
Identity = collections.namedtuple(
    'Identity', 'issuer subject username name email groups groups_known')
Identity.__new__.__defaults__ = (True,)

#: Something for the log that is not known of a person; ``serious`` if the
#: provider has it.
Remark = collections.namedtuple('Remark', 'serious text')

#: Found instead of a value: the provider says that there is one, and where.
ELSEWHERE = object()

_ABSENT = object()
_MAX_NAME = 255
# Trac's own names: a user who bears one gains the permissions of all who are meant by it.
_RESERVED = frozenset([u'anonymous', u'authenticated'])
# Invisible, or changing the direction of what follows: one name would look like another.
# By code point, since the Unicode tables of the Pythons differ.
_INVISIBLE = re.compile(
    u'[\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f'
    u'\u205f-\u206f\u2800\u3000\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]')
_REFUSED_CATEGORIES = frozenset(['Cc', 'Cf', 'Cs', 'Co', 'Zl', 'Zp'])


class ClaimNames(object):
    """Which claims make an identity; each a tuple of dotted paths, the first present wins."""

    def __init__(self, username=('preferred_username',), name=('name',), email=('email',),
                 groups=('groups',)):
        self.username = username
        self.name = name
        self.email = email
        self.groups = groups


def lookup(sources, paths):
    """Return the first value present at one of `paths`; None if there is none.

    A value that is not here but elsewhere is :data:`ELSEWHERE`: to go on to the
    next path would take another claim, or nothing at all, for it.

    :param sources: the claims of the ID token and those of userinfo, dicts; where
        both have a claim, also inside an object, the first one counts
    :param paths: dotted paths; a claim whose name has a dot in it, as some
        providers' URLs have, is found by its whole name first
    """
    for path in paths:
        found = [value for value in [_value(claims, path) for claims in sources]
                 if value is not _ABSENT]
        value = found[0] if found else None
        if value in (None, []) and any(_elsewhere(claims, path) for claims in sources):
            return ELSEWHERE
        if value is not None:
            return value
    return None


def _value(claims, path):
    if path in claims:
        return claims[path]
    for name in path.split('.'):
        if not isinstance(claims, dict) or name not in claims:
            return _ABSENT
        claims = claims[name]
    return claims


def _elsewhere(claims, path):
    """Whether a claim is aggregated or distributed: Core 1.0 section 5.6.2.

    Entra does so with more groups than fit into a token; by the implicit flow it
    says only that there are some.
    """
    names = claims.get('_claim_names')
    if isinstance(names, dict) and (path in names or path.split('.')[0] in names):
        return True
    return path == 'groups' and claims.get('hasgroups') not in (None, False, u'false')


def identify(id_claims, userinfo, names):
    """Return the :class:`Identity` that the claims tell.

    :param id_claims: the claims of the ID token, which win; a dict
    :param userinfo: the claims of the userinfo endpoint; a dict
    :param names: :class:`ClaimNames`
    :raises IdentityError: there is no user name, or none that Trac can use
    """
    sources = (id_claims, userinfo)
    groups = lookup(sources, names.groups)
    return Identity(issuer=id_claims['iss'], subject=id_claims['sub'],
                    username=_username(sources, names.username),
                    name=_text(lookup(sources, names.name)),
                    email=_text(lookup(sources, names.email)),
                    groups=_texts(groups),
                    groups_known=groups is None or isinstance(groups, (list, text_type)))


def remarks(id_claims, userinfo, names):
    """Return what an administrator may want to know of claims that made an identity.

    :param id_claims: as for :func:`identify`
    :param userinfo: as for :func:`identify`
    :param names: :class:`ClaimNames`
    :return: a list of :class:`Remark`
    """
    found = []
    for paths, kinds in ((names.name, text_type), (names.email, text_type),
                         (names.groups, (text_type, list))):
        claim = native(u' or '.join(paths))
        value = lookup((id_claims, userinfo), paths)
        if value is None:
            found.append(Remark(False, 'expected the claim %s, got none' % claim))
        elif value is ELSEWHERE:
            found.append(Remark(True, 'expected the claim %s itself, got a reference to where it '
                                'is, which is not followed: it is unknown, not empty' % claim))
        elif not isinstance(value, kinds):
            found.append(Remark(True, 'expected text in the claim %s, got %s'
                                % (claim, type(value).__name__)))
    return found


def _username(sources, paths):
    claim = u' or '.join(paths)
    value = lookup(sources, paths)
    if value is None:
        raise IdentityError('username_missing', u'expected a claim %s, got the claims %s' % (
            claim, shown(sorted(set().union(*sources)))), claim)
    if value is ELSEWHERE:
        raise IdentityError('username_elsewhere', u'expected the claim %s itself, got a reference '
                            u'to where it is' % claim, claim)
    if not isinstance(value, text_type) or not value.strip() or value != value.strip() \
            or len(value) > _MAX_NAME:
        raise IdentityError('username_form', u'expected 1 to %d characters without outer spaces '
                            u'in the claim %s, got %s' % (_MAX_NAME, claim, shown(value)), claim)
    if _INVISIBLE.search(value) or any(
            unicodedata.category(character) in _REFUSED_CATEGORIES
            or 0xe0000 <= ord(character) <= 0xe0fff for character in value):
        raise IdentityError('username_form', u'expected visible characters in the claim %s, '
                            u'got %s' % (claim, shown(value)), claim)
    # Trac takes upper-case words for actions: TRAC_ADMIN, WIKI_VIEW.
    if value.lower() in _RESERVED or value.isupper() and u'_' in value:
        raise IdentityError('username_reserved', u'expected a user name in the claim %s, got %s, '
                            u'which means something else to Trac' % (claim, shown(value)), claim)
    return value


def _text(value):
    return value if isinstance(value, text_type) else u''


def _texts(value):
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, text_type) and item)
