"""A function is replaced where its source is known, and left alone where it is not."""


import pytest

from trac_unit.tuning.shortcuts.replacement import Replacement, digest


class Theirs(object):
    def answer(self):
        return 41 + 1

    @classmethod
    def made(cls):
        return 'made'


def mine(answer, owner):
    return lambda self: 42


@pytest.mark.parametrize('place', [
    __name__ + '.Theirs.answer', __name__ + '.Theirs.gone',
    __name__ + '.Gone.answer', 'no.such.module.Theirs.answer',
    __name__ + '.gone', 'no_such_module.answer', __name__ + '.mine',
    'decimal.Decimal.__add__', 'array.array.append'])
def test_what_was_never_read_or_is_not_there_is_left_alone_and_the_log_says_so(place, log):
    before = dict(vars(Theirs))
    shortcut = Replacement(place, ['0123456789abcdef'], mine)
    assert not shortcut.install()
    shortcut.remove()
    assert dict(vars(Theirs)) == before
    assert 'Shortcut: %s is not as expected, and left alone' % place in log()


def test_what_was_read_is_replaced():
    before = vars(Theirs)['answer']
    shortcut = Replacement(__name__ + '.Theirs.answer', [digest(before)], mine)
    assert shortcut.install() and vars(Theirs)['answer'] is not before
    shortcut.remove()
    assert vars(Theirs)['answer'] is before


def of_the_module():
    return 41 + 1


def test_what_a_module_has_itself_is_replaced():
    before = of_the_module
    shortcut = Replacement(__name__ + '.of_the_module', [digest(before)],
                           lambda function, module: lambda: (function(), module.__name__))
    assert shortcut.install() and of_the_module() == (42, __name__)
    shortcut.remove()
    assert of_the_module is before


def test_a_method_of_a_class_is_known_by_the_function_that_it_holds():
    class_method = vars(Theirs)['made']
    shortcut = Replacement(__name__ + '.Theirs.made', [digest(class_method.__func__)],
                           lambda function, owner: classmethod(lambda cls: (cls, function(cls))))
    assert shortcut.install() and Theirs.made() == (Theirs, 'made')
    shortcut.remove()
    assert vars(Theirs)['made'] is class_method and Theirs.made() == 'made'


class Helper(object):
    def help(self):
        return 1


@pytest.mark.parametrize('place, source, taken', [
    (__name__ + '.Helper.help', None, True),
    (__name__ + '.Helper.help', '0123456789abcdef', False),
    (__name__ + '.Helper.gone', '0123456789abcdef', False),
    ('no.such.module.Helper.help', '0123456789abcdef', False)])
def test_what_does_the_work_of_further_functions_knows_those_too(place, source, taken, log):
    before = vars(Theirs)['answer']
    shortcut = Replacement(__name__ + '.Theirs.answer', [digest(before)], mine,
                           inlined=[(place, (source or digest(vars(Helper)['help']),))])
    assert shortcut.install() is taken
    assert (vars(Theirs)['answer'] is before) is not taken
    assert ('left alone' in log()) is not taken
    shortcut.remove()
    assert vars(Theirs)['answer'] is before


def test_a_digest_is_that_of_the_source():
    assert digest(Theirs.__dict__['answer']) == digest(Theirs.__dict__['answer'])
    assert digest(Theirs.__dict__['answer']) != digest(mine)
    assert digest(None) is None and digest(dict.get) is None
