"""`python -m referee`: ask Trino and the sandbox's Athena the same, over the same sandbox, and tell what differs.

`python -m referee compare suite pairs` asks of two areas alone (`referee.questions`). `python -m referee limits` tells
what Trino takes for each query of the widest table. `python -m referee record` writes Trino's answers down for the
tests. `python -m referee serve` starts Trino alone, for `SANDBOX_ATHENA=<its address> python -m sandbox`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sandbox
from acceptance.wording import count
from referee import limits, recording
from referee.answers import Found, ask, new_difference
from referee.questions import AREAS, RECORDINGS, Place, Question
from referee.server import Missing, trino
from sandbox.athena import QueryEngine
from sandbox.athena.trino import TrinoEngine

_SILENT_SECONDS = 15


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m referee", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "action", nargs="?", choices=("compare", "limits", "record", "serve"), default="compare"
    )
    parser.add_argument(
        "areas", nargs="*", metavar="area", help=f"of {', '.join(AREAS)}; all if none is given"
    )
    parser.add_argument(
        "--port", type=int, default=0, help="Trino's, on loopback; one that is free if not given"
    )
    given = parser.parse_args(arguments)
    if unknown := set(given.areas) - set(AREAS):
        parser.error(f"there is no area {', '.join(sorted(unknown))}: {', '.join(AREAS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or Trino would go on without this process
    try:
        with trino(given.port) as address:
            print(f"Trino answers at {address}", flush=True)
            match given.action:
                case "serve":
                    return _serve(address)
                case "record":
                    return _record(
                        address, [each for each in given.areas or RECORDINGS if each in RECORDINGS]
                    )
                case "limits":
                    return _limits(address, given.areas or ["wide"])
            return _compare(address, given.areas or list(AREAS))
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _serve(address: str) -> int:
    print(f"SANDBOX_ATHENA={address} python -m sandbox   # Ctrl-C ends Trino", flush=True)
    sys.stdin.read()
    return 0


def _compare(address: str, areas: Sequence[str]) -> int:
    """1 where a difference is not known."""
    differing = 0
    for area in areas:
        with _asked(area, address) as (place, theirs, questions):
            ours = QueryEngine(place.clients)
            began, new = time.monotonic(), 0
            for each in _one_by_one(area, questions):
                if found := _difference(each, ours, theirs):
                    new += 1
                    print(found, flush=True)
            ours.close()
        differing += new
        took = f"{time.monotonic() - began:.0f} s"
        print(
            f"{area}: {len(questions)} queries compared in {took}, {count(new, 'new difference')}", flush=True
        )
    return 1 if differing else 0


def _one_by_one(area: str, questions: Sequence[Question]) -> Iterator[Question]:
    """Says now and then how far they are."""
    said = time.monotonic()
    for number, question in enumerate(questions):
        if time.monotonic() - said > _SILENT_SECONDS:
            said = time.monotonic()
            print(f"{area}: {number} of {len(questions)} queries asked", flush=True)
        yield question


def _limits(address: str, areas: Sequence[str]) -> int:
    """What Trino takes for each query, in Markdown; 1 where one goes beyond a limit."""
    beyond = 0
    for area in areas:
        with _asked(area, address) as (_, theirs, questions):
            print(limits.HEADS, flush=True)
            for taken in limits.measured(theirs, questions):
                beyond += bool(taken.beyond)
                print(taken, flush=True)
    return 1 if beyond else 0


def _record(address: str, areas: Sequence[str]) -> int:
    for area in areas:
        with _asked(area, address) as (_, theirs, questions):
            told = [
                each.sql for each in questions if not theirs.statements.answers(each.sql)
            ]  # by Trino itself
            answers = {sql: ask(theirs, sql) for sql in told}
        recording.write(RECORDINGS[area], questions, answers)
        print(f"{area}: {len(answers)} answers recorded in {RECORDINGS[area]}.jsonl", flush=True)
    return 0


@contextmanager
def _asked(area: str, address: str) -> Iterator[tuple[Place, TrinoEngine, list[Question]]]:
    """A sandbox with what the area's queries are about, Trino over it, and the queries."""
    pending = sandbox.launch()
    with tempfile.TemporaryDirectory(prefix="referee-") as folder:
        try:
            place = Place(pending.ready(), pending, Path(folder))
            theirs = TrinoEngine(place.clients, address)
            asked = AREAS[area](place, lambda sql: theirs.run(theirs.read(sql), "default").rows)
            yield place, theirs, list(dict.fromkeys(asked))
            theirs.close()
        finally:
            pending.stop()


def _difference(question: Question, ours: QueryEngine, theirs: TrinoEngine) -> str:
    asked = question.sql, question.database, list(question.parameters)
    told = new_difference(question.sql, _bounded(ask(theirs, *asked)), ask(ours, *asked))
    return told and f"{question.about}: {question.sql[:300]}\n  {told[:600]}"


def _bounded(found: Found) -> Found:
    """A refusal without its candidates and places, which are many lines."""
    return Found(reason=found.reason.partition("\n")[0]) if found.reason else found


if __name__ == "__main__":
    sys.exit(main())
