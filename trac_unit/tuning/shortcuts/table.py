"""Which shortcuts are taken through Trac and its template engine, and with which versions of them.
"""

import logging

from trac.web.api import Request

from ..._compat import PY2
from . import (components, configuration, database, dates, links, markup, permissions, templates,
               tickets)
from .replacement import Replacement

log = logging.getLogger(__name__)

#: Bytes of a page that Trac collects before it hands them to the server.  Its own number
#: is 4096, and handing over costs the same for 16 kB, which is one buffer of Unit's.
CHUNK_SIZE = 16384

#: Trac's own number of them, in place of which :data:`CHUNK_SIZE` is put.
_SMALL_CHUNK_SIZE = 4096

#: The method by which an element becomes text.
_TEXT = '__unicode__' if PY2 else '__str__'

# What some shortcuts do the work of, with the digests.
_EXTENSIONS = (
    ('trac.core.ExtensionPoint.extensions', ('f45618de22283c64',)),
    ('trac.core.ComponentManager.__getitem__', ('aa89a91f1a1dd4d6',)),
    ('trac.core.ComponentManager.is_enabled', ('92b8c99ce1018038',)),
    ('trac.config.Configuration.__getitem__', ('30f369220b87f8fc',)),
)
_PARSER = (
    ('trac.config.UnicodeConfigParser.set', ('9c8da8aef2851307', '5ed64ca9c6a5ea85')),
    ('trac.config.Section.set', ('240906cb29ee7e53',)),
)
_PERMISSIONS = (
    ('trac.perm.PermissionCache.__init__', ('da0920840e20db78',)),
    ('trac.perm.PermissionCache._normalize_resource', ('3c37a203212df1d5',)),
    ('trac.perm.PermissionCache._has_permission', ('e64e2e16c9c2317a',)),
    ('trac.resource.Resource.__new__', ('c900aad1a6907c4f', '9918b4802f676ce7')),
    ('trac.resource.Resource.__hash__', ('53ad90a86d7f49eb',)),
)
_CONNECTIONS = (
    ('trac.db.api.QueryContextManager.__enter__', ('7f4344ee6ce70eb9',)),
    ('trac.db.api.QueryContextManager.__exit__', ('96aebe8846180d20',)),
    ('trac.db.api.TransactionContextManager.__enter__', ('38dcbcc52b692a3b',)),
    ('trac.db.api.TransactionContextManager.__exit__', ('0ecb334cc6829a28',)),
    ('trac.db.pool.PooledConnection.close', ('2d6a705e77c75a1b',)),
    ('trac.db.pool.ConnectionPoolBackend.get_cnx', ('c1b36b48575610bd', '604112ab9b8934c4')),
    ('trac.db.pool.ConnectionPoolBackend._return_cnx', ('c07cb9151c51e6e6',)),
    ('trac.db.pool.ConnectionPoolBackend.shutdown', ('7b4e4a656e1fdd95', '5e07528c16f88e26')),
)
_QUERIES = (
    ('trac.db.util.ConnectionWrapper.check_select', ('be0ebcb1307c3338',)),
    ('trac.db.util.ConnectionWrapper.__getattr__', ('2007d472b2c53059',)),
    ('trac.db.util.IterableCursor.__getattr__', ('8d26354d9360b654',)),
    ('trac.db.util.IterableCursor.execute', ('c102b62e194451b2',)),
    ('trac.db.sqlite_backend.PyFormatCursor._rollback_on_error', ('cea2cd79854803e2',)),
    ('trac.db.sqlite_backend.PyFormatCursor.execute', ('c797b5c71058b7b6',)),
    ('trac.db.sqlite_backend.EagerCursor.execute', ('56d94aa3336ef5ad',)),
    ('trac.db.sqlite_backend.EagerCursor.fetchall', ('b22413d6e70dc625',)),
    ('trac.db.sqlite_backend.SQLiteConnection.cursor', ('f32ca5e953133ebf',)),
)
_ESCAPE = ('trac.util.html.escape', ('abefe53a333aad35', 'c76e530810567678'))
_ATTRIBUTES = (
    _ESCAPE,
    ('trac.util.html.html_attribute', ('7dd5cd7332e4fa2d',)),
    ('trac.util.html.Element._attr_value', ('24b88482da5600ec',)),
    ('trac.util.html.classes', ('d0d3370bc2779f4f', '526ff506e98fd893')),
)
_CONTENT = (
    _ESCAPE,
    ('trac.util.html.Fragment.__html__', ('2085887a603cd769', '75b8b4e67c38c271')),
)

#: The digests are those of Trac 1.4 and 1.6, Jinja2 2.11 and 3.1, MarkupSafe 1.1 and 3.0.
SHORTCUTS = (
    Replacement('trac.config.OrderedExtensionsOption.__get__', ('8f3c4a31e23002c6',),
                configuration.ordered_extensions, inlined=_EXTENSIONS),
    Replacement('trac.config.Section.get', ('34086d4a0f8a4224',),
                configuration.option_value, inlined=_PARSER),
    Replacement('trac.config.UnicodeConfigParser.set', _PARSER[0][1],
                configuration.option_set),
    Replacement('trac.config.Section.getbool', ('62cf31e119a48c36',),
                configuration.boolean),
    Replacement('trac.config.Section.iterate', ('fad0f4c81f91df95', 'cb8048cad31dffd8'),
                configuration.options),
    Replacement('trac.config.Section.__iter__', ('fad0f4c81f91df95', 'cb8048cad31dffd8'),
                configuration.options),
    Replacement('trac.core.ComponentMeta.__call__', ('d0186cfedbd38db0',),
                components.component),
    Replacement('trac.perm.PermissionSystem.check_permission', ('c5e4fa1ce4462cfb',),
                permissions.permission_check),
    Replacement('trac.perm.PermissionCache.has_permission', ('f9e205a15d672323',),
                permissions.permission, inlined=_PERMISSIONS),
    Replacement('trac.perm.PermissionCache.__contains__', ('f9e205a15d672323',),
                permissions.permission, inlined=_PERMISSIONS),
    Replacement('trac.perm.PermissionCache.__call__', ('b7c4cab354effa36',),
                permissions.permissions_of_resource, inlined=_PERMISSIONS),
    Replacement('trac.web.main.RequestDispatcher.dispatch',
                ('36a9d636f2cff216', '9d522b2d228a5c3a'),
                database.one_connection, inlined=_CONNECTIONS),
    Replacement('trac.db.util.ConnectionWrapper.execute', ('e62c00144f043840',),
                database.selected, inlined=_QUERIES),
    Replacement('trac.db.util.ConnectionWrapper.__call__', ('e62c00144f043840',),
                database.selected, inlined=_QUERIES),
    Replacement('trac.ticket.api.TicketFieldList.__deepcopy__', ('388b4c91dd2028ea',),
                tickets.ticket_fields_copy),
    Replacement('trac.mimeview.api.Mimeview.get_supported_conversions', ('9510cc9b0547665d',),
                components.supported_conversions),
    Replacement('trac.web.href.Href.__call__', ('3a7ffa776224b584', 'c4e43b6fa68c7f03'),
                links.address),
    Replacement('trac.util.datefmt.to_datetime', ('a1fe514f6f0b5c02', '1822f36b887e6c75'),
                dates.local_time),
    Replacement('trac.util.datefmt.LocalTimezone.fromutc', ('93e4691c262c5fc6',),
                dates.local_time_from_utc),
    Replacement('trac.util.html.Fragment.' + _TEXT, ('bc48f82eb522f313', '7421f189ca495cf7'),
                markup.content_joined, inlined=_CONTENT),
    Replacement('trac.util.html.Fragment.append', ('1f584cdeeeebbc94', 'ab91926f83e6806b'),
                markup.content_appended),
    Replacement('trac.util.html.XMLElement._dict_from_kwargs',
                ('34972376ee4ce732', '1f6a9d9e98fc0a63'),
                markup.attributes, inlined=_ATTRIBUTES),
    Replacement('trac.util.presentation.htmlattr_filter',
                ('1630f430c0e055eb', '01a4434a1fe6391b'),
                markup.attributes_filter, inlined=_ATTRIBUTES),
    Replacement('markupsafe.Markup.__new__', ('9df410c323226167', '92360dc9b6fb6dc3'),
                markup.markup),
    Replacement('jinja2.runtime.Context.call', ('4d2bb0e3aac630ba', 'a27b379ba8cc9393'),
                templates.template_call),
    Replacement('jinja2.environment.Environment.getattr',
                ('4d86a400acac055c', '9d52d65b450cc167'), templates.template_getattr),
    Replacement('jinja2.environment.Template._from_namespace',
                ('7d1e88ea2ad3b598', 'fdce36aa99d87a24'), templates.template_pieces),
    Replacement('jinja2.environment.TemplateStream._buffered_generator',
                ('e17dc173c5213aa9', '91e4b5edb32a234c'), templates.buffered),
)
if PY2:
    SHORTCUTS += (
        Replacement('trac.util.datefmt._format_datetime_without_babel', ('3d7cc8fc4d002e76',),
                    dates.formatted_time),
        Replacement('jinja2.loaders.FileSystemLoader.get_source', ('a03a4383b5a7c694',),
                    templates.template_source),
        Replacement('jinja2.runtime.Context.resolve_or_missing', ('748063174f9d81a7',),
                    templates.template_variable))


def take_shortcuts():
    """Install the shortcuts for the whole process, each if what it replaces is as expected."""
    installed = sum(shortcut.install() for shortcut in SHORTCUTS)
    if getattr(Request, 'CHUNK_SIZE', None) == _SMALL_CHUNK_SIZE:
        Request.CHUNK_SIZE = CHUNK_SIZE
    log.info('Shortcuts: %d of %d taken, pages go out in chunks of %s bytes', installed,
             len(SHORTCUTS), getattr(Request, 'CHUNK_SIZE', 'unknown'))


def leave_shortcuts():
    """Undo :func:`take_shortcuts`."""
    for shortcut in SHORTCUTS:
        shortcut.remove()
    if getattr(Request, 'CHUNK_SIZE', None) == CHUNK_SIZE:
        Request.CHUNK_SIZE = _SMALL_CHUNK_SIZE
