"""Claims become an :class:`Identity`: who this is to Trac.  Pure rules."""

import collections
import re
import unicodedata

from .._compat import text_type
from ..errors import IdentityError, shown

Identity = collections.namedtuple('Identity', 'issuer subject username name email groups')

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


def lookup(claims, paths):
    """Return the first value present at one of `paths`, else None.

    :param claims: a dict
    :param paths: dotted paths; a claim whose name has a dot in it, as some
        providers' URLs have, is found by its whole name first
    """
    for path in paths:
        value = claims[path] if path in claims else _inside(claims, path.split('.'))
        if value is not None:
            return value
    return None


def _inside(value, names):
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def identify(id_claims, userinfo, names):
    """Return the :class:`Identity` that the claims tell.

    :param id_claims: the claims of the ID token, which win; a dict
    :param userinfo: the claims of the userinfo endpoint; a dict
    :param names: :class:`ClaimNames`
    :raises IdentityError: there is no user name, or none that Trac can use
    """
    claims = dict(userinfo)
    claims.update(id_claims)
    return Identity(issuer=id_claims['iss'], subject=id_claims['sub'],
                    username=_username(claims, names.username),
                    name=_text(lookup(claims, names.name)),
                    email=_text(lookup(claims, names.email)),
                    groups=_texts(lookup(claims, names.groups)))


def _username(claims, paths):
    value = lookup(claims, paths)
    if value is None:
        raise IdentityError('username_missing', 'expected a claim %s, got the claims %s'
                            % (' or '.join(paths), shown(sorted(claims))))
    if not isinstance(value, text_type) or not value.strip() or value != value.strip() \
            or len(value) > _MAX_NAME:
        raise IdentityError('username_form', 'expected 1 to %d characters without outer spaces '
                            'in the claim %s, got %s'
                            % (_MAX_NAME, ' or '.join(paths), shown(value)))
    if _INVISIBLE.search(value) or any(
            unicodedata.category(character) in _REFUSED_CATEGORIES
            or 0xe0000 <= ord(character) <= 0xe0fff for character in value):
        raise IdentityError('username_form', 'expected visible characters in the claim %s, got %s'
                            % (' or '.join(paths), shown(value)))
    # Trac takes upper-case words for actions: TRAC_ADMIN, WIKI_VIEW.
    if value.lower() in _RESERVED or value.isupper() and u'_' in value:
        raise IdentityError('username_reserved', 'expected a user name in the claim %s, got %s, '
                            'which means something else to Trac'
                            % (' or '.join(paths), shown(value)))
    return value


def _text(value):
    return value if isinstance(value, text_type) else u''


def _texts(value):
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, text_type) and item)
