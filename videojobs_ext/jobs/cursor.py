"""The cursor of a page: where the next one begins, in a form that means nothing to a client."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

_REFUSED = "This cursor is from no list in this order: begin again without a cursor."


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the sort it was listed in, its sort key, and its id."""

    sort: str
    key: str | int | datetime
    job_id: UUID

    def encode(self) -> str:
        """Return the cursor in characters that a URL keeps as they are."""
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        text = json.dumps([self.sort, key, self.job_id.hex])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, sort: str, kind: type[str | int | datetime]) -> Cursor:
        """Return the cursor; raises ValueError unless it came from a page in this sort."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            found, key, job_id = json.loads(base64.b64decode(padded, b"-_", validate=True))
            last = UUID(hex=job_id)
            key = datetime.fromisoformat(key) if kind is datetime else key
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(_REFUSED) from error
        aware = not isinstance(key, datetime) or key.tzinfo is not None
        if found != sort or type(key) is not kind or not aware:
            raise ValueError(_REFUSED)
        return cls(sort, key, last)
