# -*- coding: utf-8 -*-
"""Which shortcuts are taken, and undone."""


import pytest
from trac.mimeview.api import Mimeview
from trac.web.api import Request

from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts.table import CHUNK_SIZE, SHORTCUTS, leave_shortcuts, take_shortcuts


@pytest.mark.parametrize('shortcut', SHORTCUTS, ids=str)
def test_each_is_taken_with_this_trac_and_can_be_undone(shortcut):
    leave_shortcuts()  # another test may have served a tuned Trac
    before = shortcut.function
    assert shortcut.install() and shortcut.install()
    assert shortcut.function is not before
    shortcut.remove()
    shortcut.remove()
    assert shortcut.function is before


def test_what_a_plugin_put_in_a_place_stays_there(log):
    before = vars(Mimeview)['get_supported_conversions']

    def plugins_own(self, mimetype):
        return []

    Mimeview.get_supported_conversions = plugins_own
    try:
        take_shortcuts()
        assert vars(Mimeview)['get_supported_conversions'] is plugins_own
        assert 'Mimeview.get_supported_conversions is not as expected, and left alone' in log()
        assert '%d of %d taken' % (len(SHORTCUTS) - 1, len(SHORTCUTS)) in log()
    finally:
        Mimeview.get_supported_conversions = before


def test_pages_go_out_in_larger_chunks_unless_somebody_chose(monkeypatch):
    take_shortcuts()
    assert Request.CHUNK_SIZE == CHUNK_SIZE
    leave_shortcuts()
    assert Request.CHUNK_SIZE == 4096
    monkeypatch.setattr(Request, 'CHUNK_SIZE', 1000)
    take_shortcuts()
    assert Request.CHUNK_SIZE == 1000
