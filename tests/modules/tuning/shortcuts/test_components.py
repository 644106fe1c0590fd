# -*- coding: utf-8 -*-
"""The shortcuts through Trac: each returns what the function that it replaces would."""


import pytest
from trac.core import Component, ComponentManager
from trac.env import Environment
from trac.mimeview.api import Mimeview

from support.tuned import both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts.table import take_shortcuts


# Components


class Red(Component):
    """For the test."""


def test_a_component_is_the_one_that_there_is(opened, environment):
    other = Environment(environment)
    take_shortcuts()
    for _ in range(3):
        assert Red(opened) is Red(opened) is opened[Red]
        assert Red(other) is Red(other) is not Red(opened)
    other.shutdown()


def test_a_component_that_is_disabled_is_made_for_who_asks(opened):
    def asked():
        opened.disable_component(Red)
        first = Red(opened)
        return type(first) is Red, Red(opened) is first, opened[Red]

    assert both(asked) == (True, True, None)


class Needs(Component):
    def __init__(self):
        self.made = True


class Fails(Component):
    def __init__(self):
        raise KeyError('here')


@pytest.mark.parametrize('call', [
    lambda env: Needs(), lambda env: Needs(None), lambda env: Needs(env, 1), lambda env: Needs(3),
    lambda env: Needs(env, x=1), lambda env: Needs(env).made, lambda env: Fails(env),
    lambda env: ComponentManager(env), lambda env: type(ComponentManager()).__name__,
    lambda env: Component(env).compmgr is env])
def test_whatever_a_component_is_made_with_the_outcome_is_the_same(opened, call):
    kinds = (AssertionError, TypeError, KeyError)

    def outcome():
        found = call(opened)
        return found if isinstance(found, (bool, str)) else type(found)

    found = both(outcome)
    assert found in (True, 'ComponentManager', Needs) or found[0] in kinds


def test_an_environment_is_made_anew_each_time(environment):
    take_shortcuts()
    first, second = Environment(environment), Environment(environment)
    assert first is not second
    first.shutdown()
    second.shutdown()


# Conversions


@pytest.mark.parametrize('mimetype', ['text/x-trac-wiki', 'trac.ticket.Query', 'no/such'])
def test_conversions_are_the_same(opened, mimetype):
    def conversions():
        found = Mimeview(opened).get_supported_conversions(mimetype)
        return [(tuple(one), type(one).__name__, one._fields, repr(one)) for one in found]

    assert bool(both(conversions)) == (mimetype != 'no/such')


def test_conversions_are_of_one_class(opened):
    take_shortcuts()
    first, second = (Mimeview(opened).get_supported_conversions('trac.ticket.Query')
                     for _ in range(2))
    assert type(first[0]) is type(second[0])
