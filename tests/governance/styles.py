"""The ways in which programmers write words, for planting terms and look-alikes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Style = Callable[[Sequence[str]], str]

SNAKE: Style = "_".join
KEBAB: Style = "-".join


def camel(words: Sequence[str]) -> str:
    return words[0] + "".join(word.capitalize() for word in words[1:])


def pascal(words: Sequence[str]) -> str:
    return "".join(word.capitalize() for word in words)


def screaming(words: Sequence[str]) -> str:
    return "_".join(words).upper()


def acronyms(words: Sequence[str]) -> str:
    """SSEHandler: every other word is all capitals, which a following capital ends."""
    return "".join(
        word.upper() if number % 2 == 0 else word.capitalize() for number, word in enumerate(words)
    )


STYLES: tuple[Style, ...] = (SNAKE, KEBAB, camel, pascal, screaming, acronyms)

#: Code, strings, comments, prose.
FRAMES = ("{} = 1", "x = '{}'", "# {}", '"""{}"""', "    def f({}):", "(see {}.)", "{}", "a.{}()")

#: Words that hold no term and make none with one beside them.
NEIGHBOURS = ("open", "job", "my", "value", "http")


@st.composite
def identifiers_holding(draw: st.DrawFn, term: str) -> str:
    """An identifier with the term's words in it, in any style."""
    if "." in term:
        return f"{draw(st.sampled_from(NEIGHBOURS))}({draw(any_case(term))})"
    before = draw(st.lists(st.sampled_from(NEIGHBOURS), max_size=2))
    after = draw(st.lists(st.sampled_from(NEIGHBOURS), max_size=2))
    words = [*before, *term.split("_"), *after]
    style = draw(st.sampled_from(STYLES))
    if style is acronyms and (len(before) % 2 or "_" in term):
        style = SNAKE  # a term in two cases side by side reads as other words
    written = style(words)
    # A digit behind a digit makes another number.
    endings = ["", "_"] if written[-1].isdigit() else ["", "_", "2"]
    return written + draw(st.sampled_from(endings))


@st.composite
def any_case(draw: st.DrawFn, term: str) -> str:
    """The term alone, each letter in either case."""
    return "".join(
        draw(st.sampled_from([letter.lower(), letter.upper()]))
        for letter in term.replace("_", draw(st.sampled_from(["_", "-"])))
    )


@st.composite
def lines_holding(draw: st.DrawFn, term: str) -> str:
    """A line of code, string, comment or prose with the term in it."""
    word = draw(st.one_of(identifiers_holding(term), any_case(term)))
    frame = draw(
        st.sampled_from(
            [
                "{} = 1",
                "x = '{}'",
                "# {}",
                '"""{}"""',
                "    def f({}):",
                "(see {}.)",
                "{}",
                "a.{}()",
            ]
        )
    )
    return frame.format(word)


@st.composite
def look_alikes(draw: st.DrawFn, term: str) -> str:
    """A lower-case word that holds the term's letters, but not as a word of its own."""
    letters = re.sub(r"[_.]", draw(st.sampled_from(["", "_"])), term)
    before = draw(st.sampled_from(["", "a", "pre"]))
    # A word ends at a digit, so that only another digit makes a longer one.
    endings = ["5", "77"] if letters[-1].isdigit() else ["t", "ish"]
    after = draw(st.sampled_from(["", *endings] if before else endings))
    return before + letters + after
