"""What `trac-unit check` looks at: one module a theme.

A theme is a module with two names: ``TITLE``, and ``CHECKS``, functions that
get a :class:`~.context.Context` and yield :class:`~.result.Result` objects.
They change nothing on the machine.  Trac and the HTTP client are imported
inside functions only.
"""
