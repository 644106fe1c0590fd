"""Cheaper functions in place of some of Trac's and its libraries': one module a subject."""
