"""JSON from outside: an object, or a ValueError; on both Pythons the same."""

import json
import re

from ..._compat import text_type, to_text, well_formed

#: Levels of nesting, and digits of an integer, at most: the interpreters' own bounds differ.
MAX_DEPTH = 64
MAX_DIGITS = 400

_STRING = re.compile(u'"(?:[^"\\\\]|\\\\.)*"?', re.DOTALL)
_BRACKET = re.compile(u'[][{}]')


def load_object(data):
    """Return the JSON object in `data` as a dict.

    :param data: UTF-8 bytes
    :raises ValueError: it is no JSON, or no object, holds NaN or Infinity, is
        nested too deep, or has a number of absurd size
    """
    text = to_text(data)
    if _depth(text) > MAX_DEPTH:
        raise ValueError('expected JSON of at most %d levels' % MAX_DEPTH)
    value = json.loads(text, parse_constant=_refuse, parse_int=_integer,
                       parse_float=_float)
    if not isinstance(value, dict):
        raise ValueError('expected a JSON object, got %s' % type(value).__name__)
    if not all(well_formed(text) for text in _texts(value)):
        raise ValueError('expected text that can be written as UTF-8')
    return value


def _texts(value):
    if isinstance(value, text_type):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value:
            for text in _texts(item):
                yield text
            if isinstance(value, dict):
                for text in _texts(value[item]):
                    yield text


def _depth(text):
    depth = deepest = 0
    for bracket in _BRACKET.finditer(_STRING.sub(u'', text)):
        depth += 1 if bracket.group() in u'[{' else -1
        deepest = max(deepest, depth)
    return deepest


def _integer(digits):
    if len(digits) > MAX_DIGITS:
        raise ValueError('expected an integer of at most %d digits' % MAX_DIGITS)
    return int(digits)


def _float(digits):
    value = float(digits)
    if value in (float('inf'), float('-inf')):
        raise ValueError('expected a number that is finite')
    return value


def _refuse(constant):
    raise ValueError('expected JSON, got %s' % constant)
