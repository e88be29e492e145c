"""HTML of parts: text is escaped, unless it was made here."""

import html
from collections.abc import Iterable, Sequence

__all__ = [
    "Markup",
    "clipped",
    "details",
    "joined",
    "shortened",
    "table",
    "tag",
]


class Markup(str):
    """Text that is HTML already. All other text is escaped where it goes."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | float) -> Markup:
    """An element with what is in it.

    Parameters
    ----------
    name : str
    *children : str or Markup
        Plain text is escaped.
    **attributes
        ``class_`` for ``class``, and ``data_x`` for ``data-x``; values are
        escaped.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Parts one after the other, plain text escaped."""
    return Markup(
        "".join([c if type(c) is Markup else html.escape(c) for c in children])
    )


def details(
    summary: str, *children: str, opened: bool = False, **attributes: str
) -> Markup:
    """A part that can be folded away."""
    made = tag("details", tag("summary", summary), *children, **attributes)
    return (
        Markup(made.replace("<details", "<details open", 1))
        if opened
        else made
    )


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    text: Sequence[int] = (0,),
    marked: int | None = None,
) -> Markup:
    """A table that scrolls sideways by itself where it is too wide.

    Parameters
    ----------
    headings : sequence of str
        Empty ones make no row.
    rows : iterable of sequences of str
    text : sequence of int, optional
        Columns of words, which stand to the left; others are numbers.
    marked : int, optional
        The row that stands out.
    """
    kinds = ["t" if i in text else "n" for i in range(len(headings))]
    head = [
        tag("th", cell, class_=kind)
        for cell, kind in zip(headings, kinds, strict=True)
    ]
    body = []
    for i, row in enumerate(rows):
        cells = [
            tag("td", cell, class_=kind)
            for cell, kind in zip(row, kinds, strict=True)
        ]
        marks = {"class_": "lo-peak"} if i == marked else {}
        body.append(tag("tr", *cells, **marks))
    parts = [tag("tbody", *body)]
    if any(headings):
        parts.insert(0, tag("thead", tag("tr", *head)))
    return tag("div", tag("table", *parts), class_="lo-scroll")


def clipped(text: str, most: int = 160) -> str:
    """Lines of text, each cut where it is longer than so many characters."""
    return "\n".join(
        [
            line if len(line) <= most else line[: most - 1] + "…"
            for line in text.split("\n")
        ]
    )


def shortened(text: str, most: int = 160) -> str:
    """A line of text, cut where it is longer than so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
