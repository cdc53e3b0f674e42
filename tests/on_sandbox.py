"""behave, with what it says to AWS led to a sandbox: `python -m tests.on_sandbox -D env=stg …`.

MODULE in the environment is another module of the suite in behave's place.

The suite itself is as its users have it, guards included, and knows no way but to AWS: only what botocore puts on the
wire goes elsewhere. Environment variables say where: SANDBOX_ENDPOINT, and WIRE_LOG for a file that takes the hosts
that were to be reached, one a line. A request to a host that is not AWS's is an error.
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.httpsession import URLLib3Session

_send = URLLib3Session.send


def send(self: URLLib3Session, request: AWSPreparedRequest) -> Any:
    url = urlsplit(request.url)
    with Path(os.environ["WIRE_LOG"]).open("a") as log:
        log.write(f"{url.netloc}\n")
    if not url.netloc.endswith(".amazonaws.com"):
        raise AssertionError(f"a request to {url.netloc}, which is not AWS's")
    bucket, virtual, _ = url.netloc.partition(".s3.")  # bucket.s3.region.amazonaws.com
    request.url = "".join(
        [
            os.environ["SANDBOX_ENDPOINT"],
            f"/{bucket}" if virtual else "",
            url.path,
            f"?{url.query}" if url.query else "",
        ]
    )
    return _send(self, request)


if __name__ == "__main__":
    URLLib3Session.send = send  # type: ignore[assignment,method-assign]
    runpy.run_module(os.environ.get("MODULE", "behave"), run_name="__main__", alter_sys=True)
