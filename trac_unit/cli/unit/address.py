"""Addresses on the command line, in the forms that Unit takes; pure."""

import argparse
import re
import socket

from ..host.layout import CHROME

_LISTENER = re.compile(r'^(\*|[0-9.]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})\Z')
_SEGMENT = re.compile(r'^[A-Za-z0-9_~.-]+\Z')


def listener(text):
    """A listener: an IP address or ``*`` with a port, or ``unix:PATH``."""
    if re.match(r'^unix:/[^\x00-\x20]*[^\x00-\x20/]\Z', text):
        return text
    match = _LISTENER.match(text)
    if match and 0 < int(match.group(2)) < 65536:
        host = match.group(1)
        if host == '*' or is_ip(host.strip('[]')) and host.startswith('[') == (':' in host):
            return text
    raise argparse.ArgumentTypeError('expected IP-ADDRESS:PORT, *:PORT or unix:PATH, got %r'
                                     % text)


def is_ip(text):
    """Return whether `text` is an IP address, without brackets."""
    return bool(_bits(text))


def _bits(text):
    for family, bits in ((socket.AF_INET, 32), (socket.AF_INET6, 128)):
        try:
            socket.inet_pton(family, text)
        except (EnvironmentError, TypeError, ValueError):  # the latter two: a NUL
            continue
        return bits
    return 0


def proxy(text):
    """An IP address, a network such as ``10.0.0.0/8``, or ``unix``."""
    address, slash, length = text.partition('/')
    bits = _bits(address)
    if text == 'unix' or bits and (
            not slash or re.match(r'^[0-9]{1,3}\Z', length) and int(length) <= bits):
        return text
    raise argparse.ArgumentTypeError('expected an IP address or network, or unix, got %r' % text)


def url_prefix(text):
    """A path such as ``/trac``, without the final slash; ``/`` is none."""
    segments = text.strip('/').split('/')
    if text in ('', '/'):
        return ''
    if not text.startswith('/') or {'.', '..', CHROME} & set(segments) or \
            not all(_SEGMENT.match(segment) for segment in segments):
        raise argparse.ArgumentTypeError('expected a path like /trac, got %r' % text)
    return '/' + '/'.join(segments)


def bundle(text):
    """The name of a certificate bundle."""
    if not re.match(r'^[^\x00-\x20/]+\Z', text):
        raise argparse.ArgumentTypeError('expected the name of a certificate bundle in Unit, '
                                         'got %r' % text)
    return text
