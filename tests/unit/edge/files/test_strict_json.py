"""JSON that every strict reader takes."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from edge.files.strict_json import dump_strictly


def refuse(word: str) -> Any:
    raise AssertionError(word)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, None, True, "ü\n"]}, {"a": [1, 2.5, None, True, "ü\n"]}),
        ([math.nan, math.inf, 1.5], [None, None, 1.5]),
        ({"caf\udce9": "\ud800\udc00 \udcff"}, {"caf\ufffd": "\ufffd\ufffd \ufffd"}),
        ((1, ("\udcff",)), [1, ["\ufffd"]]),
    ],
)
def test_what_no_reader_takes_is_replaced(value: Any, expected: Any) -> None:
    assert json.loads(dump_strictly(value).encode(), parse_constant=refuse) == expected
