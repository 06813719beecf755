"""``python -m videojobs_ext.cli``: the same as ``jupyter videojobs``."""

from __future__ import annotations

import sys

from videojobs_ext.cli import main

if __name__ == "__main__":
    sys.exit(main())
