"""The addresses of the sign-in layer, a module each.

An endpoint is called with a :class:`~trac_unit.oidc.browser.request.Request`, and returns the
WSGI application that answers it or raises a TracUnitError.
"""
