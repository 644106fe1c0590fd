"""Where the files of an environment are: what `init` writes, `check` looks at and `config` shares.

Static files lie in the environment's folder ``static``, below the address that they have:
PATH/static/chrome/common/...  So ``"share": "PATH/static$uri"`` answers /chrome/common/ from
there.  Unit cannot cut a prefix from ``$uri``: for a Trac at /team/trac, or an environment ``one``
of a parent directory, at /one, ``init --prefix /team/trac`` makes a link in PATH/static that leads
back there, and the same ``share`` answers /team/trac/chrome/common/.

Only what Trac and its plugins bring is there.  What administrators put into the environment's own
folder ``htdocs`` (/chrome/site/) is not: a copy would not change with it; Trac answers for it.
"""

import os

#: The folder of the static files in an environment.
STATIC = 'static'

#: What the addresses of static files begin with, and the part of them that is Trac's own.
CHROME = 'chrome'
COMMON = 'common'

#: A file that every Trac has in it.
PROBE = 'css/trac.css'


def static_folder(env_path):
    """The folder that Unit shares for the environment at this path."""
    return os.path.join(env_path, STATIC)


def common_folder(static):
    """The folder of Trac's own static files, below that of all static files."""
    return os.path.join(static, CHROME, COMMON)


def prefix_link(static, prefix):
    """The path of the link, and where it leads to, for a Trac at the address `prefix`.

    :param prefix: like ``/team/trac``
    """
    link = os.path.join(static, *prefix.strip('/').split('/'))
    return link, os.path.relpath(static, os.path.dirname(link))
