"""Where the tests of a module are: each has a file that is found by its name."""

import ast
import os
import re

import pytest

import trac_unit

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PACKAGE = os.path.dirname(os.path.abspath(trac_unit.__file__))

#: What the name of a test file begins with, for the modules of each folder of the package.
#: A further word behind the module's own makes a further file of the same module.
PREFIXES = {'': 'test_', 'oidc': 'test_', 'oidc.endpoints': 'test_', 'oidc.stores': 'test_store_',
            'tuning': 'test_tuning_', 'cli': 'test_cli_', 'cli.checks': 'test_cli_check_',
            'cli.unit': 'test_cli_unit_'}

#: The modules whose tests are elsewhere.
ELSEWHERE = {
    '__main__': 'test_cli_main',
    # It is text for the server, which runs it.
    'oidc.stores.redis_scripts': 'test_store_redis',
}


def modules():
    """The modules that do something, by their names below the package, with their sources."""
    found = {}
    for folder, _, names in os.walk(PACKAGE):
        for name in names:
            if name.endswith('.py'):
                path = os.path.join(folder, name)
                parts = os.path.relpath(path, PACKAGE)[:-len('.py')].split(os.sep)
                with open(path, 'rb') as source:
                    statements = ast.parse(source.read(), path).body
                if parts[-1] == '__init__':
                    parts.pop()
                    # A package can be a docstring, and the version.
                    if not any(isinstance(each, (ast.FunctionDef, ast.ClassDef))
                               for each in statements):
                        continue
                found['.'.join(parts)] = statements
    return found


def files():
    """The names of the test files, without their endings."""
    return set(name[:-len('.py')] for name in os.listdir(HERE)
               if name.startswith('test_') and name.endswith('.py'))


MODULES = modules()


def expected(module):
    """The test file of a module."""
    folder, _, name = module.rpartition('.')
    return ELSEWHERE.get(module) or PREFIXES[folder] + name.lstrip('_')


def test_the_modules_and_the_test_files_are_found():
    assert len(MODULES) > 80 and len(files()) > 100
    assert {'app', '_compat', 'oidc.visit', 'cli.checks.unit', 'tuning.middleware'} <= set(MODULES)
    assert 'oidc.endpoints' not in MODULES


@pytest.mark.parametrize('module', sorted(MODULES))
def test_each_module_has_a_test_file_of_its_name(module):
    assert expected(module) in files()


def test_no_two_modules_share_a_test_file_but_for_those_that_say_so():
    names = [expected(module) for module in MODULES if module not in ELSEWHERE]
    assert sorted(set(names)) == sorted(names)


def test_nothing_that_is_said_to_be_elsewhere_has_a_file_of_its_own():
    for module in ELSEWHERE:
        folder, _, name = module.rpartition('.')
        own = PREFIXES[folder] + name.strip('_')
        assert module in MODULES and (own == ELSEWHERE[module] or own not in files())


def test_what_proves_a_tool_of_the_tests_is_named_by_the_tool():
    tools = [name[len('test_support_'):] for name in files() if name.startswith('test_support_')]
    assert {'provider', 'browser', 'jws'} <= set(tools)
    assert [tool for tool in tools if not os.path.isfile(os.path.join(HERE, tool + '.py'))] == []


@pytest.mark.parametrize('name', sorted(files()))
def test_no_test_file_imports_from_another(name):
    with open(os.path.join(HERE, name + '.py'), 'rb') as source:
        tree = ast.parse(source.read())
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                for alias in node.names]
    imported += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    # What several files share is a module beside them.
    assert [each for each in imported if (each or '').startswith('test_')] == []


def test_the_papers_name_test_files_that_exist():
    named = []
    for paper in ('CONTRIBUTING.rst', 'README.rst', 'SECURITY.rst'):
        with open(os.path.join(ROOT, paper), 'rb') as file:
            named += re.findall(r'\btests/[\w/]+\.py|\btest_\w+\.py', file.read().decode('utf-8'))
    assert 'test_visit.py' in named
    paths = [name if name.startswith('tests/') else 'tests/' + name for name in named]
    assert [path for path in paths if not os.path.isfile(os.path.join(ROOT, path))] == []
