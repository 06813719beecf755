"""A process that takes and runs jobs, for tests that kill it: ``python -m tests.crash.host``.

Reads one JSON request a line; a submit is answered with its job id only after it was acknowledged.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest


def main() -> None:
    config = json.loads(sys.argv[1])
    data_dir = Path(config["data_dir"])
    services = Services(
        Settings(
            data_dir=data_dir,
            root_dir=Path(config["root_dir"]),
            db_url=config["db_url"],
            storage_url=str(data_dir / "files"),
            workers=2,
            chunk_seconds=1.0,
            max_attempts=10_000,
        )
    )
    services.start()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request == "counts":
            answer: object = {str(k): v for k, v in services.store.counts().items()}
        else:
            submitted = SubmitRequest(request["pipeline_id"], params=request["params"])
            answer = str(services.submissions.submit_path(request["path"], submitted).job_id)
        print(json.dumps(answer), flush=True)
    services.stop()


if __name__ == "__main__":
    main()
