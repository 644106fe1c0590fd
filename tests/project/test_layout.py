"""The floor plan of the package, and that of its tests, which mirrors it."""

import ast
import os
import re

import pytest

from support.paths import PACKAGE, ROOT, TESTS

#: What lies at the top of the tests: how to run them, and what they all share.
TOP = {'run.py', 'lint.py', 'conftest.py'}


def files(top):
    """The Python files below a folder: a dict of their paths from there, and syntax trees."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != 'node_modules']
        for name in names:
            if name.endswith('.py'):
                path = os.path.join(folder, name)
                with open(path, 'rb') as source:
                    found[os.path.relpath(path, top)] = ast.parse(source.read(), path)
    return found


MODULES = files(PACKAGE)
FILES = files(TESTS)


def defines(tree):
    """Whether a module has a function or a class of its own that others can use."""
    return any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith('_')
               for node in tree.body)


def test_file(module):
    """Where the tests of a module are."""
    folder, name = os.path.split(module)
    return os.path.join('modules', folder, 'test_' + name.lstrip('_'))


test_file.__test__ = False


def of_tests(folder):
    """The test files in a folder of the tests, and below."""
    return sorted(path for path in FILES if path.startswith(folder + os.sep)
                  and os.path.basename(path).startswith('test_'))


def test_the_modules_and_the_test_files_are_found():
    assert len(MODULES) > 100 and len(of_tests('modules')) > 100
    assert {'app.py', '_compat.py', 'oidc/rules/id_token.py', 'cli/main.py'} <= set(MODULES)


@pytest.mark.parametrize('module', sorted(path for path in MODULES if defines(MODULES[path])))
def test_each_module_has_its_tests_where_it_is_itself(module):
    assert test_file(module) in FILES


@pytest.mark.parametrize('path', of_tests('modules'))
def test_what_tests_a_module_is_named_by_it(path):
    """A further word behind the module's own makes a further file of the same module."""
    names = [test_file(module)[:-len('.py')] for module in MODULES]
    assert any(re.match(re.escape(name) + r'(_\w+)?\.py\Z', path) for name in names)


@pytest.mark.parametrize('path', of_tests('support'))
def test_what_proves_a_tool_of_the_tests_is_named_by_the_tool(path):
    assert os.path.join('support', os.path.basename(path)[len('test_'):]) in FILES


def test_nothing_else_lies_about_at_the_top():
    assert set(path for path in FILES if os.sep not in path) == TOP


@pytest.mark.parametrize('name', sorted(FILES))
def test_no_test_file_imports_from_another(name):
    imported = [alias.name for node in ast.walk(FILES[name]) if isinstance(node, ast.Import)
                for alias in node.names]
    for node in ast.walk(FILES[name]):
        if isinstance(node, ast.ImportFrom):
            imported += ['%s.%s' % (node.module, alias.name) for alias in node.names]
    # What several files share is a tool in support/.
    assert [each for each in imported if re.search(r'(^|\.)test_|^conftest\b', each)] == []


def test_a_folder_has_more_than_one_module():
    inside = {}
    for path in MODULES:
        while path:
            folder, name = os.path.split(path)
            inside.setdefault(folder, set()).add(name)
            path = folder
    assert len(inside) > 15
    assert [folder for folder in inside if len(inside[folder] - {'__init__.py'}) < 2] == []


def test_the_papers_name_test_files_that_exist():
    named = []
    for paper in ('CONTRIBUTING.rst', 'README.rst', 'SECURITY.rst'):
        with open(os.path.join(ROOT, paper), 'rb') as file:
            named += re.findall(r'\btests/[\w/]+\.\w+', file.read().decode('utf-8'))
    assert 'tests/run.py' in named
    assert [path for path in named if not os.path.isfile(os.path.join(ROOT, path))] == []
