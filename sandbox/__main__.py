"""`python -m sandbox`: a sandbox in the foreground, until Ctrl-C or SIGTERM.

With --ready-json it is somebody's child: one line of JSON on standard output when it is ready, and it ends when its
standard input does.
"""

import argparse
import gc
import io
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from botocore.loaders import Loader

_GARBAGE = 50_000
"""Objects made since Python last looked for unused ones that refer to each other (by itself 700, which takes a tenth of
the processor time of a process that makes and drops syntax trees and messages all the time)."""


def main() -> NoReturn:
    arguments = _parser().parse_args()
    _leave_users_aws_alone()
    wakes = _woken_by_signals()
    from sandbox.account import Settings, open_account
    from sandbox.latency import VARIABLE, Latency
    from sandbox.runtimes import RUNTIMES
    from sandbox.spark.installed import Missing

    settings = Settings(
        arguments.port,
        arguments.minute_seconds,
        arguments.data_platform,
        arguments.seed,
        arguments.environment,
        Latency.parse(os.environ.get(VARIABLE, "")),
        arguments.older_snapshot,
        RUNTIMES[arguments.runtime],
        arguments.branch,
        arguments.api_pages,
        arguments.released and arguments.data_platform is None,
        not arguments.no_versions,
    )
    if isinstance(sys.stdout, io.TextIOWrapper):  # a folder's name, in a terminal that cannot show it
        sys.stdout.reconfigure(errors="backslashreplace")
    gc.set_threshold(_GARBAGE)
    try:
        with open_account(settings) as account:
            print(
                json.dumps(account.told()) if arguments.ready_json else _how_to_use(account.told()),
                flush=True,
            )
            _wait_for_the_end(wakes, is_child=arguments.ready_json)
    except Missing as missing:
        if not arguments.ready_json:
            sys.exit(str(missing))
        print(json.dumps({"unsuited": str(missing)}), flush=True)
        os._exit(1)
    os._exit(0)  # all is cleaned up: what is left to take down are modules, which takes half a second


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A pre-production account on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="port of the endpoint (default: a free one)")
    parser.add_argument(
        "--minute-seconds", type=float, default=60.0, help="how long a minute of a job's time-out lasts"
    )
    parser.add_argument("--data-platform", type=Path, help="a checkout whose main branch is deployed")
    parser.add_argument(
        "--api-pages", type=Path, help="a folder of recorded pages that the Tascomi API answers"
    )
    parser.add_argument(
        "--branch", default="", help="a branch of it to rehearse, with its Terraform's parameters"
    )
    parser.add_argument(
        "--no-seed", dest="seed", action="store_false", help="without the data of the past days"
    )
    parser.add_argument(
        "--environment", choices=("stg", "prod"), default="stg", help="whose names things have"
    )
    parser.add_argument(
        "--older-snapshot",
        action="store_true",
        help="with the older of the two snapshot scripts in the field: it appends, the newer purges and then reads",
    )
    parser.add_argument(
        "--released",
        action="store_true",
        help="with the sample ticket's branch merged into main, and deployed",
    )
    parser.add_argument(
        "--no-versions",
        action="store_true",
        help="with buckets that keep no versions of their objects (those of the zones keep them, as the platform's do)",
    )
    parser.add_argument(
        "--runtime",
        choices=("light", "spark"),
        default="light",
        help="Python-shell jobs that take milliseconds, or Spark jobs (pip install -r requirements-spark.txt)",
    )
    parser.add_argument(
        "--ready-json", action="store_true", help="for a parent process: see sandbox/process.py"
    )
    return parser


def _leave_users_aws_alone() -> None:
    """Nothing of the user's AWS configuration is read or used."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO", "MOTO_"))]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    Loader.CUSTOMER_DATA_PATH = os.devnull  # service models of the user's own, else in ~/.aws/models


def _woken_by_signals() -> int:
    """A descriptor that can be read once Ctrl-C or SIGTERM has come, at any moment from now on.

    A handler that sets an Event would hang where it breaks into that Event's own `wait`, which holds the lock.
    """
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return wakes


def _wait_for_the_end(wakes: int, is_child: bool) -> None:
    """Until a signal comes or, for somebody's child, standard input ends."""
    watched = [wakes, sys.stdin.fileno()] if is_child else [wakes]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if wakes in ready or not os.read(sys.stdin.fileno(), 4096):
            return


def _how_to_use(account: dict[str, Any]) -> str:
    return f"""The sandbox is up; Ctrl-C ends it.

  AWS endpoint     {account["endpoint"]}   ({account["region"]}, account {account["account"]})
  Tascomi API      {account["api_url"]}
  Data Platform    {account["data_platform"]}

  behave -D env=local -D endpoint={account["endpoint"]} \\
         -D data_platform={account["data_platform"]} -D ticket=DPP-426
"""


if __name__ == "__main__":
    main()
