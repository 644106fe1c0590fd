"""Where things are: the checkout, its tests, and the package that is tested."""

import os

import trac_unit

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
EXAMPLES = os.path.join(ROOT, 'examples')

#: The package; installed, it is not below ROOT.
PACKAGE = os.path.dirname(os.path.abspath(trac_unit.__file__))
