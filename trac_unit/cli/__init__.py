"""The ``trac-unit`` command, with which an administrator sets up a Trac on Unit, and checks it."""
