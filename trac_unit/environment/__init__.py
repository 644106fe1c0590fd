"""The layer that gives Trac its environment, and what a process needs around one."""

from .middleware import EnvironmentMiddleware  # noqa: F401 (a public name)
