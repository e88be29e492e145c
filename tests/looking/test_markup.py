"""HTML of parts: what is text stays text."""

from html.parser import HTMLParser

import pytest

from lazyopt.looking.markup import (
    Markup,
    clipped,
    details,
    joined,
    shortened,
    table,
    tag,
)

EVIL = "<script>alert('x')</script>&\""


class Reader(HTMLParser):
    """Elements and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.feed(page)

    def handle_starttag(
        self, name: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        self.tags.append(name)
        self.attributes.update(attributes)

    def handle_data(self, text: str) -> None:
        self.texts.append(text)


def test_text_is_escaped_wherever_it_stands() -> None:
    page = joined(
        [
            EVIL,
            tag("p", EVIL, title=EVIL),
            details(EVIL, EVIL, class_=EVIL),
            table([EVIL], [[EVIL]]),
        ]
    )
    read = Reader(page)
    assert "script" not in read.tags
    assert read.attributes["title"] == EVIL
    assert sum(t == EVIL for t in read.texts) >= 4


def test_what_was_made_here_is_not_escaped_again() -> None:
    inner = tag("b", "1 < 2")
    assert tag("p", inner, " & ") == "<p><b>1 &lt; 2</b> &amp; </p>"


def test_joining_makes_no_markup_of_text() -> None:
    # A str made of Markup by plain means is text again.
    assert "<b>" not in tag("p", "" + str(tag("b", "x")).strip())
    assert type(joined(["a"])) is Markup


def test_attributes_and_names() -> None:
    made = tag("p", class_="a", data_step=3, aria_label="b")
    assert made == '<p class="a" data-step="3" aria-label="b"></p>'


def test_details_are_folded_unless_told() -> None:
    assert details("a", "b").startswith("<details><summary>a</summary>b")
    assert details("a", opened=True).startswith("<details open>")


def test_tables_tell_words_from_numbers() -> None:
    made = table(["op", "n"], [["add", "1"], ["sum", "2"]], marked=1)
    assert made.count('class="t"') == made.count('class="n"') == 3
    assert '<tr class="lo-peak"><td class="t">sum' in made
    assert "<thead>" not in table(["", ""], [["a", "b"]])


def test_rows_must_fit_their_headings() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a"], [["b", "c"]])


def test_long_lines_are_cut() -> None:
    assert shortened("a\n  b" + "c" * 300, 10) == "a bcccccc…"
    assert clipped("  a\n" + "b" * 20, 10) == "  a\n" + "b" * 9 + "…"
