"""The exam: twenty questions, a key to all of them, and pages that are there."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "contributing" / "exam.md"


def test_every_question_has_an_answer_that_names_its_page() -> None:
    questions, _, key = PAGE.read_text(encoding="utf-8").partition("## Key")
    asked = re.findall(r"^(\d+)\. ", questions, re.MULTILINE)
    answered = re.findall(r"^\| (\d+) \| .+ \| \[[^]]+\]\(([^)]+)\) \|$", key, re.MULTILINE)
    assert asked == [str(number) for number in range(1, 21)]
    assert [number for number, _ in answered] == asked
    for _, target in answered:
        place = PAGE.parent / target
        assert place.exists() or place.parent.name == "reference", target
