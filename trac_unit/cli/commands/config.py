"""``trac-unit config``: a complete configuration of Unit on standard output."""

import os

from ..host.terminal import note, say
from ..unit import configuration, masking, options as unit_options

NAME = 'config'
HELP = 'Print a complete configuration of Unit for a Trac.'

EXAMPLES = """\
examples:
  trac-unit config /srv/trac/env > unit.json
      one environment, at http://127.0.0.1:8080/
  trac-unit config /srv/trac/env --listen '*:443' --tls example.org
      with https, by the certificate bundle "example.org" that Unit has
  trac-unit config --parent /srv/trac/projects --prefix /trac --proxy 10.0.0.5
      a folder of environments at /trac/, behind a proxy

The settings are taken from the TRAC_ variables of this command's environment;
trac-unit settings lists them.  Secrets stay in their files: set the variable
with _FILE added, to the path of the file.  trac-unit apply puts the same into
a running Unit.
"""


def add_arguments(parser):
    unit_options.add_arguments(parser)


def run(args):
    options = unit_options.read(args, os.environ, note)
    say(masking.as_text(configuration.build(options)))
    return 0
