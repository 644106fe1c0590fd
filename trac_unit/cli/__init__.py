"""The ``trac-unit`` command; one module a subcommand.

``checks/`` is what `check` looks at, ``unit/`` what has to do with Unit and
its configuration.  Modules with an underscore, and those that
:data:`COMMANDS` does not list, are what the subcommands share.

A subcommand is a module of this package with five names, listed in
:data:`COMMANDS`:

``NAME``
    what a person types
``HELP``
    one line for ``trac-unit --help``
``EXAMPLES``
    lines for the end of its own help
``add_arguments(parser)``
    gets the subcommand's :class:`argparse.ArgumentParser`
``run(args)``
    does the work and returns the exit status; trouble that a person can mend
    is a :class:`~trac_unit.cli.errors.CommandError`.  What fails exits with
    ``args.failed`` at least: 1, unless the subcommand sets another default

Such a module imports Trac inside its functions only, so that help and usage
errors come at once.
"""
