"""The API's description of itself."""

from __future__ import annotations

import json

from videojobs_ext.api.base import VideoJobsHandler, may


class OpenApiHandler(VideoJobsHandler):
    """``GET /v1/video/openapi.json``."""

    @may("read")
    async def get(self) -> None:
        """Answer with OpenAPI 3.1."""
        # The document is made from the route table, which has this handler in it.
        from videojobs_ext.api.openapi import document  # noqa: PLC0415

        self.finish(json.dumps(await self.call(document, self.base_url)))
