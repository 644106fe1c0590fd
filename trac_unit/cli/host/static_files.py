"""The static files of Trac and its plugins, deployed to a folder that Unit shares."""

import errno
import filecmp
import os
import shutil
import tempfile

from . import layout
from .errors import CommandError


def stale_files(sources, static):
    """Return what is not deployed as it is installed: triples (source, target, whether it is new).

    :param sources: pairs (prefix, folder), as :func:`._trac.static_sources` has them
    :param static: the folder of all static files
    """
    found = []
    for prefix, root in sources:
        destination = os.path.join(static, layout.CHROME, prefix)
        for folder, _, names in os.walk(root):
            target_folder = os.path.normpath(
                os.path.join(destination, os.path.relpath(folder, root)))
            for name in names:
                source, target = os.path.join(folder, name), os.path.join(target_folder, name)
                new = not os.path.isfile(target)
                if new or not filecmp.cmp(source, target, shallow=False):
                    found.append((source, target, new))
    return found


def deploy(sources, static):
    """Bring the folder `static` up to date; return the numbers of files added and renewed.

    :raises EnvironmentError: a file cannot be written
    :raises CommandError: a folder in it is a link, which could lead anywhere
    """
    stale = stale_files(sources, static)
    for folder in sorted(set(os.path.dirname(target) for _, target, _ in stale)):
        _make_folder(folder, static)
    for source, target, _ in stale:
        _replace(source, target)
    added = sum(new for _, _, new in stale)
    return added, len(stale) - added


def _make_folder(folder, static):
    part = static
    for name in [''] + os.path.relpath(folder, static).split(os.sep):
        part = os.path.join(part, name) if name else part
        # Root writes here, into a folder that can be another user's.
        if os.path.islink(part):
            raise CommandError('static_link', '%s is a link, and static files are not put '
                               'through one; remove it, or '
                               'name the folder itself with --static.' % part)
        if not os.path.isdir(part):
            os.makedirs(part, 0o755)


def _replace(source, target):
    # Renaming replaces a link that is there, instead of writing through it; and
    # no one is served half a file.
    handle, scratch = tempfile.mkstemp(prefix='.new-', dir=os.path.dirname(target))
    os.close(handle)
    try:
        shutil.copyfile(source, scratch)
        shutil.copystat(source, scratch)
        os.chmod(scratch, 0o644)
        os.rename(scratch, target)
    except BaseException:
        os.unlink(scratch)
        raise


def link_prefix(static, prefix):
    """Make the link that lets `static` answer for the addresses below `prefix`.

    :return: its path, and whether it was not there
    :raises EnvironmentError: it cannot be made
    :raises CommandError: something else is in its place
    """
    link, leads_to = layout.prefix_link(static, prefix)
    if not os.path.isdir(os.path.dirname(link)):
        os.makedirs(os.path.dirname(link), 0o755)
    try:
        os.symlink(leads_to, link)
    except OSError as e:
        if e.errno != errno.EEXIST:
            raise
        if not os.path.islink(link) or os.readlink(link) != leads_to:
            raise CommandError('static_prefix', '%s is in the place of the link for the prefix '
                               '%s; remove it.' % (link, prefix))
        return link, False
    return link, True
