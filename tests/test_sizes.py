"""Bytes as people write and read them."""

from typing import Any

import pytest

from lazyopt.sizes import format_bytes, format_gap, parse_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (0, 0),
        (17, 17),
        (1.9, 1),
        ("17", 17),
        ("17 B", 17),
        ("1 KiB", 1024),
        ("1kib", 1024),
        ("1.5 GiB", 3 << 29),
        ("2 GB", 2 * 10**9),
        (" 3 MB ", 3 * 10**6),
        ("1 TiB", 1 << 40),
    ],
)
def test_parsing(text: Any, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "MiB", "1 XB", "-1", "1 2", "1..2 MiB", ".", "9" * 400),
        *(-1, -0.5, float("inf"), float("nan")),
    ],
)
def test_what_is_no_size(wrong: Any) -> None:
    with pytest.raises(ValueError, match="number of bytes"):
        parse_bytes(wrong)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (5 << 20, "5.0 MiB"),
        (3 << 30, "3.0 GiB"),
        (2 << 40, "2.0 TiB"),
        (5000 << 40, "5000.0 TiB"),
    ],
)
def test_formatting(size: int, text: str) -> None:
    assert format_bytes(size) == text


@pytest.mark.parametrize(
    ("peak", "text"),
    [
        (100_001, "within 0.1% of any order"),
        (103_000, "within 3.0% of any order"),
        (700_000, "at most 7.0 times that of any order"),
    ],
)
def test_gaps(peak: int, text: str) -> None:
    assert format_gap(peak, 100_000) == text
