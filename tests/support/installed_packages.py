"""What is installed, looked up once: Trac looks through it each time that it opens an environment.

That is most of the time of opening one, and tests open some two thousand.  What is looked through
again is what has changed: a folder with another time, such as that of an environment's plugins.
"""

import os

import pkg_resources


def remember():
    """Have pkg_resources remember the distributions of each folder, and which of them are met."""
    find, require = pkg_resources.find_distributions, pkg_resources.EntryPoint.require
    known, met = {}, {}

    def find_distributions(path_item, only=False):
        try:
            key = path_item, only, os.stat(path_item).st_mtime
        except EnvironmentError:
            return find(path_item, only)
        if not os.path.isdir(path_item):
            return find(path_item, only)
        if key not in known:
            known[key] = list(find(path_item, only))
        return iter(known[key])

    def require_once(self, env=None, installer=None):
        # The distribution is kept, so that no other one gets its number.
        key = id(self.dist), self.extras
        if key not in met:
            require(self, env, installer)
            met[key] = self.dist

    pkg_resources.find_distributions = find_distributions
    pkg_resources.EntryPoint.require = require_once
