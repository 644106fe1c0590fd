"""For those who keep a module of their own: Unit's "module" is then "my_trac".

Settings are environment variables, as ever; what is set here before the import
counts, too.
"""

from trac_unit.trac_wsgi import application as trac

application = trac  # or your own middleware around it
