"""Arguments as they stand in a shell."""

from typing import Any

import pytest

import lazyopt as lo
from lazyopt.commands.arguments import argument, keyword
from lazyopt.commands.console import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000x20:float64", lo.ArraySpec((1000, 20))),
        ("5:complex64", lo.ArraySpec((5,), "complex64")),
        ("():int32", lo.ArraySpec((), "int32")),
        ("0x3:bool", lo.ArraySpec((0, 3), "bool")),
        ("4x4:float32:F", lo.ArraySpec((4, 4), "float32", "F")),
        (" 2x2:float64 ", lo.ArraySpec((2, 2))),
    ],
)
def test_arrays(text: str, expected: lo.ArraySpec) -> None:
    assert argument(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ("None", None),
        ("True", True),
        ("(1, 2)", (1, 2)),
        ("'2x2:float64'", "2x2:float64"),
        ("{'a': [1, 2]}", {"a": [1, 2]}),
    ],
)
def test_literals(text: str, expected: Any) -> None:
    found = argument(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("", "3x3", "3x:float64", "x3:float64", "3 x 3:float64", "abs"),
        *("3x3:flot", "3x3:float64:K", "-3:float64", "(3,3):float64"),
        *("__import__('os').getcwd()", "3:float64; 4", "(" * 500),
    ],
)
def test_what_is_neither_is_told_what_is_expected(text: str) -> None:
    with pytest.raises(UsageError, match="1000x1000:float64"):
        argument(text)


def test_keywords() -> None:
    assert keyword("x=3:float64") == ("x", lo.ArraySpec((3,)))
    assert keyword("name='a=b'") == ("name", "a=b")


@pytest.mark.parametrize("text", ["3:float64", "=3", "2a=3", "a b=3"])
def test_keywords_have_names(text: str) -> None:
    with pytest.raises(UsageError, match="name=VALUE"):
        keyword(text)
