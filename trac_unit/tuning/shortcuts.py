"""Which shortcuts are taken through Trac and its template engine, and with which versions of them.
"""

import logging

from trac.web.api import Request

from .._compat import PY2
from . import template_shortcuts, trac_shortcuts
from .replacement import Replacement

log = logging.getLogger(__name__)

#: Bytes of a page that Trac collects before it hands them to the server.  Its own number
#: is 4096, and handing over costs the same for 16 kB, which is one buffer of Unit's.
CHUNK_SIZE = 16384

#: Trac's own number of them, in place of which :data:`CHUNK_SIZE` is put.
_SMALL_CHUNK_SIZE = 4096

#: The digests are those of Trac 1.4 and 1.6, Jinja2 2.11 and 3.1, MarkupSafe 1.1 and 3.0.
SHORTCUTS = (
    Replacement('trac.config.OrderedExtensionsOption.__get__', ('8f3c4a31e23002c6',),
                trac_shortcuts.ordered_extensions, inlined=(
                    ('trac.core.ExtensionPoint.extensions', 'f45618de22283c64'),
                    ('trac.core.ComponentManager.__getitem__', 'aa89a91f1a1dd4d6'),
                    ('trac.core.ComponentManager.is_enabled', '92b8c99ce1018038'))),
    Replacement('trac.config.Section.getbool', ('62cf31e119a48c36',), trac_shortcuts.boolean),
    Replacement('trac.core.ComponentMeta.__call__', ('d0186cfedbd38db0',),
                trac_shortcuts.component),
    Replacement('trac.ticket.api.TicketFieldList.__deepcopy__', ('388b4c91dd2028ea',),
                trac_shortcuts.ticket_fields_copy),
    Replacement('trac.mimeview.api.Mimeview.get_supported_conversions', ('9510cc9b0547665d',),
                trac_shortcuts.supported_conversions),
    Replacement('trac.web.href.Href.__call__', ('3a7ffa776224b584', 'c4e43b6fa68c7f03'),
                trac_shortcuts.address),
    Replacement('trac.util.datefmt.LocalTimezone.fromutc', ('93e4691c262c5fc6',),
                trac_shortcuts.local_time),
    Replacement('markupsafe.Markup.__new__', ('9df410c323226167', '92360dc9b6fb6dc3'),
                template_shortcuts.markup),
    Replacement('jinja2.runtime.Context.call', ('4d2bb0e3aac630ba', 'a27b379ba8cc9393'),
                template_shortcuts.template_call),
    Replacement('jinja2.environment.Environment.getattr',
                ('4d86a400acac055c', '9d52d65b450cc167'), template_shortcuts.template_getattr),
    Replacement('jinja2.environment.TemplateStream._buffered_generator',
                ('e17dc173c5213aa9', '91e4b5edb32a234c'), template_shortcuts.buffered),
)
if PY2:
    SHORTCUTS += (Replacement('jinja2.runtime.Context.resolve_or_missing', ('748063174f9d81a7',),
                              template_shortcuts.template_variable),)


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
