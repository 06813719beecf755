"""A finished or running job at a glance: what ``show`` gives where the viewer is not installed."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from videojobs_ext.client.listing import (
    Cell,
    html_table,
    moment,
    put_text,
    size,
    status_cell,
    text_table,
)

if TYPE_CHECKING:
    from IPython.lib.pretty import RepresentationPrinter

    from videojobs_ext.client.discovery import ServerAddress
    from videojobs_ext.client.shapes import ArtifactInfo, JobStatus

#: Lines of the table of counts; the most frequent come first.
_MOST = 12


@dataclass(frozen=True)
class Count:
    """How often a step said one label, and in which seconds of the video."""

    step: str
    label: str
    rows: int
    first: float
    last: float

    def cells(self) -> Sequence[Cell]:
        """Return one line of the table of counts."""
        span = f"{self.first:.1f} s to {self.last:.1f} s"
        return Cell(self.step, mono=True), Cell(self.label), Cell(f"{self.rows:,}"), Cell(span)


@dataclass(frozen=True)
class JobSummary:
    """A job: status, poster, counts per label, artifacts. Shows itself in HTML and as text."""

    status: JobStatus
    counts: Sequence[Count]
    artifacts: Sequence[ArtifactInfo]
    poster: bytes | None = None
    address: ServerAddress | None = None

    def __str__(self) -> str:
        status = self.status
        name = status["name"] or status["input_name"]
        lines = [
            f"{name}, {status['pipeline_id']}: {status_cell(status).text}",
            f"job {status['job_id']}, submitted {moment(status['created_at'])}",
        ]
        lines += [status["error_message"]] if status["error_message"] else []
        lines += [f"warning: {warning}" for warning in status["warnings"]]
        if self.counts:
            lines += ["", text_table(_COUNTS, (each.cells() for each in self.counts[:_MOST]))]
        lines += [f"and {len(self.counts) - _MOST} labels more"] * (len(self.counts) > _MOST)
        if self.artifacts:
            rows = ((Cell(each["name"]), Cell(size(each["size"]))) for each in self.artifacts)
            lines += ["", text_table(("artifact", "size"), rows)]
        return "\n".join(lines)

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        put_text(printer, "…" if cycle else str(self))

    def _repr_html_(self) -> str:
        status = self.status
        title = escape(status["name"] or status["input_name"])
        state = status_cell(status)
        dot = f'<span aria-hidden="true" style="color:{state.color}">●</span>'
        pipeline, words = escape(status["pipeline_id"]), escape(state.text)
        when = moment(status["created_at"])
        parts = [
            f"<div><strong>{title}</strong> · {pipeline} · {dot} {words}</div>",
            f"<div style='opacity:0.75'>job <code>{status['job_id']}</code>, {when}</div>",
        ]
        said = [status["error_message"] or "", *status["warnings"]]
        parts += [f'<div style="color:#e03131">{escape(each)}</div>' for each in said if each]
        if self.counts:
            parts.append(html_table(_COUNTS, (each.cells() for each in self.counts[:_MOST])))
        if len(self.counts) > _MOST:
            parts.append(f"<div>and {len(self.counts) - _MOST} labels more</div>")
        if self.artifacts:
            files = " · ".join(self._artifact(each) for each in self.artifacts)
            parts.append(f"<div>{files}</div>")
        picture = ""
        if self.poster is not None:
            data = b64encode(self.poster).decode()
            picture = (
                f'<img alt="A frame of {title}" src="data:image/jpeg;base64,{data}" '
                'style="width:16em;max-width:40%;border-radius:4px;flex:none">'
            )
        return (
            '<div style="display:flex;gap:1.2em;align-items:flex-start;flex-wrap:wrap">'
            f"{picture}<div>{''.join(parts)}</div></div>"
        )

    def _artifact(self, artifact: ArtifactInfo) -> str:
        words = f"{escape(artifact['name'])} ({size(artifact['size'])})"
        origin = None if self.address is None else browser_origin(self.address)
        if origin is None:
            return words
        return f'<a href="{escape(origin + artifact["url"])}" target="_blank">{words}</a>'


_COUNTS = ("step", "label", "rows", "between")


def browser_origin(address: ServerAddress) -> str | None:
    """Return ``https://host`` under which a browser reaches the server, where that is known.

    Behind JupyterHub the kernel's own address is one that no browser can open; newer hubs name
    the public one.
    """
    public = os.environ.get("JUPYTERHUB_PUBLIC_URL")
    if public is None and ("JUPYTERHUB_SERVICE_URL" in os.environ or address.socket is not None):
        return None
    parts = urlsplit(public or address.url)
    return f"{parts.scheme}://{parts.netloc}"
