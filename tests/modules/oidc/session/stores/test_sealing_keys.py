"""The keys in a store: which one seals, and which ones still open."""
import pytest

from trac_unit.oidc.session.stores.sealing_keys import Key, is_due, usable


def made(*times):
    """Keys that were made at these times, the newest first."""
    return [Key(number, time, u'key') for number, time in enumerate(times)]


@pytest.mark.parametrize('times, due', [
    ([], True), ([1000], False), ([901], False), ([900], True), ([1099], False), ([1100], True),
    ([950, 10], False), ([0, 1000], True)])
def test_a_new_key_is_due_when_the_newest_is_too_old_or_from_far_ahead(times, due):
    assert is_due(made(*times), 1000, 100) == due


@pytest.mark.parametrize('times, left', [
    ([], []), ([1000, 900, 801, 800, 700], [1000, 900, 801]), ([1199, 1200], [1199])])
def test_a_key_opens_for_as_long_again_as_it_sealed(times, left):
    assert [key.made for key in usable(made(*times), 1000, 100)] == left


@pytest.mark.parametrize('time, value', [(None, u'k'), (u'1', u'k'), (1.5, u'k'), (1, b'k'),
                                         (1, None), (1, 7), ([], u'k')])
def test_what_is_no_key_is_refused(time, value):
    with pytest.raises(ValueError):
        Key(0, time, value)


def test_a_key_is_what_the_store_had():
    key = Key('handle', 1000, u'value')
    assert (key.handle, key.made, key.value) == ('handle', 1000, u'value')


def test_a_key_opens_whatever_was_sealed_while_it_was_the_newest():
    # Sealed in the last second of the key's turn, and wanted as late as what was sealed counts.
    keys, age = made(1000), 100
    assert not is_due(keys, 1099, age)
    assert usable(keys, 1099 + age, age) == keys
