"""The subcommands of ``trac-unit``, one a module.

Each has five names, and is listed in :data:`trac_unit.cli.main.COMMANDS`:

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
    is a :class:`~trac_unit.cli.host.errors.CommandError`.  What fails exits with
    ``args.failed`` at least: 1, unless the subcommand sets another default

Such a module imports Trac inside its functions only, so that help and usage
errors come at once.
"""
