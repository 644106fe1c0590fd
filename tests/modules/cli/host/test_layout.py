"""Where the files of an environment are."""
import os

import pytest
import trac

from trac_unit.cli.host import layout


def test_static_files_are_below_their_address():
    static = layout.static_folder('/srv/env')
    assert static == '/srv/env/static'
    assert layout.common_folder(static) == static + '/chrome/common'
    assert os.path.isfile(os.path.join(os.path.dirname(trac.__file__), 'htdocs', layout.PROBE))


@pytest.mark.parametrize('prefix, link, leads_to', [
    ('/trac', '/s/trac', '.'), ('/team/trac', '/s/team/trac', '..'),
    ('/a/b/c', '/s/a/b/c', '../..'), ('trac/', '/s/trac', '.')])
def test_the_link_of_a_prefix_leads_back_to_the_folder(prefix, link, leads_to):
    assert layout.prefix_link('/s', prefix) == (link, leads_to)
    assert os.path.normpath(os.path.join(os.path.dirname(link), leads_to)) == '/s'
