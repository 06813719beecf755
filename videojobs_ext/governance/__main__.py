"""``python -m videojobs_ext.governance``: exits with 0 clean, 1 violations, 2 bad configuration."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from videojobs_ext.governance.scanner import scan
from videojobs_ext.governance.vocabulary import BadConfiguration, read_vocabulary

VOCABULARY = Path(__file__).with_name("forbidden_vocabulary.yaml")

#: The folder that holds the package.
ROOT = Path(__file__).resolve().parents[2]

CLEAN, VIOLATIONS, BAD_CONFIGURATION = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m videojobs_ext.governance",
        description="Look for words and file names that do not belong where they stand.",
        epilog="exit codes: 0 clean, 1 violations, 2 bad configuration or a scope without files",
        allow_abbrev=False,
    )
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="the tree to look through")
    parser.add_argument(
        "--vocabulary", type=Path, default=VOCABULARY, metavar="FILE", help="another vocabulary"
    )
    parsed = parser.parse_args(arguments)
    try:
        found = scan(parsed.root.resolve(), read_vocabulary(parsed.vocabulary))
    except BadConfiguration as error:
        sys.stderr.write(f"governance: {error}\n")
        return BAD_CONFIGURATION
    for violation in found.violations:
        sys.stdout.write(f"{violation}\n")
    sys.stderr.write(
        f"governance: {len(found.violations)} violations in {found.files} files, "
        f"{found.scopes} scopes\n"
    )
    return VIOLATIONS if found.violations else CLEAN


if __name__ == "__main__":
    sys.exit(main())
