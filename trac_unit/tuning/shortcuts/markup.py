"""Cheaper ways to markup, and to the elements that Trac builds without a template.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt.
"""

import re

from ..._compat import text_type

#: What finds what is to be escaped in a text, or in a native string of Python 2: that may
#: have characters, too, that are not ASCII, and cannot become text by themselves.
special_in = {
    str: re.compile('[&<>"\'\x80-\xff]').search,
    text_type: re.compile(u'[&<>"\']').search,
}


def markup(new, markup_class):
    """Make markup of what is known to have no ``__html__``, or to be markup, without asking."""
    plain = frozenset((text_type, markup_class, bytes, int, float, bool, type(None)))
    new_text = text_type.__new__

    if 'object' in new.__code__.co_varnames:  # MarkupSafe 3 has another name for it
        def __new__(cls, object=u'', encoding=None, errors='strict'):
            if encoding is None and type(object) in plain:
                return new_text(cls, object)
            return new(cls, object, encoding, errors)
    else:
        def __new__(cls, base=u'', encoding=None, errors='strict'):
            if encoding is None and type(base) in plain:
                return new_text(cls, base)
            return new(cls, base, encoding, errors)

    # Python 3 names it when it is called wrongly.
    __new__.__qualname__ = getattr(new, '__qualname__', '')
    return staticmethod(__new__)


def content_joined(_text, fragment_class):
    """Join what an element has in it: most are texts with nothing to escape, and elements."""
    from markupsafe import Markup
    from trac.util import html

    special, elements = re.compile(u'[&<>]').search, frozenset((fragment_class, html.Element))

    def joined(self):
        escape = html.escape
        parts = []
        for child in self.children:
            kind = type(child)
            if kind in elements:
                child = text_type(child)
            elif kind is not Markup and (kind is not text_type or special(child)):
                child = escape(child, False)
            parts.append(child)
        return u''.join(parts)

    return joined


def content_appended(append, fragment_class):
    """Take texts, numbers and elements into an element at once: what most of its content is."""
    from markupsafe import Markup
    from trac.util import html

    plain = frozenset((text_type, str, Markup, int, fragment_class, html.Element))

    def append_plain(self, arg):
        if type(arg) in plain and arg:
            self.children.append(arg)
        else:
            append(self, arg)

    return append_plain


def attributes(_attributes, xml_class):
    """Take texts as the values of an element's attributes at once, which is what most are."""
    from markupsafe import Markup
    from trac.util import html

    texts = frozenset((text_type, str, Markup))

    def of_keywords(self, kwargs):
        if type(self) is not html.Element:
            return _attributes(self, kwargs)
        found = {}
        for name, value in kwargs.items():
            if value is not None:
                if name[-1:] == '_':
                    name = name[:-1]
                if type(value) not in texts or name == 'style' or \
                        name in html.SPECIAL_HTML_ATTRS:
                    value = html.html_attribute(name, value)
                    if value is None:
                        continue
                special = special_in.get(type(value))
                if special is not None and not special(value):
                    found[name] = Markup(value)
                else:
                    found[name] = html.escape(value)
        return found

    return of_keywords


def attributes_filter(htmlattr, presentation):
    """Make the attributes of an element in a template: most are texts with nothing to escape."""
    from markupsafe import Markup
    from trac.util import html

    texts = frozenset((text_type, str, Markup))

    def htmlattr_of_texts(_eval_ctx, d, autospace=True):
        if type(d) is not dict or not _eval_ctx.autoescape:
            return htmlattr(_eval_ctx, d, autospace)
        if not d:
            return ''
        attributes = []
        for name in sorted(d):
            value = d[name]
            if name == 'class' and type(value) is list:
                value = u' '.join(list(filter(None, value)))
                if not value:
                    continue
            elif type(value) not in texts or name == 'style' or name in html.SPECIAL_HTML_ATTRS:
                if value is None and name not in html.SPECIAL_HTML_ATTRS:
                    continue
                value = presentation.html_attribute(
                    name, None if isinstance(value, presentation.Undefined) else value)
                if value is None:
                    continue
            special = special_in.get(type(value))
            if special is not None and special(value):
                value = html.escape(value)
            attributes.append(u'%s="%s"' % (name, value))
        found = u' '.join(attributes)
        return Markup(u' ' + found if autospace and found else found)

    # The marks by which Jinja2 knows what a filter wants.
    vars(htmlattr_of_texts).update(vars(htmlattr))
    return htmlattr_of_texts
