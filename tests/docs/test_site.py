"""The documents as a site: built with warnings as errors, every link inside it holding."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPHINX = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_holds_every_page(tmp_path: Path) -> None:
    site = tmp_path / "site"
    said = subprocess.run(
        [*SPHINX, "-d", tmp_path / "trees", ROOT / "docs", site],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    for page in (ROOT / "docs").rglob("*.md"):
        built = site / page.relative_to(ROOT / "docs").with_suffix(".html")
        assert built.exists(), page
    index = (site / "index.html").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f'href="{page.stem}.html"' in index or page.stem == "index", page
    for page in site.rglob("*.html"):
        loaded = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page.read_text(encoding="utf-8"))
        assert [target for target in loaded if "//" in target] == [], "it must read without a net"
