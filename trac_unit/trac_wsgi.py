"""What Unit's ``"module": "trac_unit.trac_wsgi"`` names: ``application``.

Settings are environment variables; :mod:`trac_unit.settings.config` has the table.
"""

import os

from .app import from_environ, log_to_stderr

log_to_stderr()
application = from_environ(os.environ)
