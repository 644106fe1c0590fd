"""Addresses that a person types, as Unit understands them."""
import pytest

from support.configuring import refused, variables  # noqa: F401 (fixtures)
from trac_unit.cli.unit import address


@pytest.mark.parametrize('arguments, word', [
    (['--listen', '8080'], '--listen'), (['--listen', 'example.org:80'], '--listen'),
    (['--listen', '127.0.0.1:0'], '--listen'), (['--listen', '127.0.0.1:65536'], '--listen'),
    (['--listen', '::1:80'], '--listen'), (['--listen', '[127.0.0.1]:80'], '--listen'),
    (['--listen', 'unix:relative'], '--listen'), (['--listen', '127.0.0.1:80\n'], '--listen'),
    (['--prefix', 'trac'], '--prefix'), (['--prefix', '/a/../b'], '--prefix'),
    (['--prefix', '/a//b'], '--prefix'), (['--prefix', '/*'], '--prefix'),
    (['--prefix', '/chrome'], '--prefix'), (['--prefix', '/$host'], '--prefix'),
    (['--proxy', 'proxy.example.org'], '--proxy'), (['--proxy', '10.0.0.0/33'], '--proxy'),
    (['--proxy', '10.0.0.0/'], '--proxy'), (['--proxy', '*'], '--proxy'),
    (['--processes', '0'], '--processes'), (['--threads', '-1'], '--threads'),
    (['--python', '3'], '--python'), (['--name', 'a/b'], '--name'), (['--name', ''], '--name'),
    (['--tls', 'a/b'], '--tls'), (['--upload-limit', '1.5M'], '--upload-limit'),
    (['--upload-limit', '9999G'], '--upload-limit')])
def test_arguments_that_unit_would_misunderstand(
        refused, environment, arguments, word):  # noqa: F811
    assert 'argument %s: ' % word in refused(environment, *arguments)


@pytest.mark.parametrize('text', ['*:80', '127.0.0.1:8080', '[::1]:8080', 'unix:/run/trac.sock'])
def test_listeners(text):
    assert address.listener(text) == text


@pytest.mark.parametrize('text', ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', 'unix'])
def test_proxies(text):
    assert address.proxy(text) == text
