"""Kinds of faults that the suite finds, and how other checkers of data can be told to find them.

What a kind's checks of `benchmarks.faults` are for the others, these checks say; for the kinds that none of them is of,
`Kind.others` says it. Sources, and what was tried, are in benchmarks/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Client(StrEnum):
    GREAT_EXPECTATIONS = "Great Expectations"
    SODA = "Soda Core 3"


class Means(StrEnum):
    OWN = "own"  # a kind of check that it has
    SQL = "SQL"  # a query that one writes oneself
    NO = "no"


SAME_MEANS = {means: dict.fromkeys(Client, means) for means in Means}


@dataclass(frozen=True)
class Kind:
    """`codes`: findings of docs/findings.md, those that are no fault of the suite, the account or the machine."""

    name: str
    codes: str = ""
    others: Mapping[Client, Means] | None = None
    ours: Means = Means.OWN

    @property
    def findings(self) -> list[str]:
        return self.codes.split()


VOLUME = Kind(
    "Rows at all",
    "no-records parse-no-records snapshot-empty generation-empty increments-empty no-generation",
)
COMPLETENESS = Kind("No value missing", "parse-ids-incomplete snapshot-ids-missing")
UNIQUENESS = Kind(
    "No row twice",
    "records-ingested-again records-repeated parse-ids-repeated snapshot-ids-repeated snapshot-made-again",
)
VALIDITY = Kind("Values that can be right", "pages-failed records-not-json recast-id-untyped")
ROW_COUNTS = Kind(
    "As many rows as the stage before",
    "parse-rows-lost parse-rows-extra parse-rows-of-blank-pages recast-rows-differ",
)
SAME_ROWS = Kind("The rows of the stage before", "snapshot-lacks-increments snapshot-rows-lost")
SAME_VALUES = Kind(
    "The values of the stage before",
    "parse-keys-lost parse-values-lost parse-values-changed parse-values-misplaced recast-values-lost "
    "recast-values-changed recast-texts-changed snapshot-rows-altered",
)
UNCOMPARED = Kind("What could not be compared, counted", others=SAME_MEANS[Means.SQL])
HISTORY = Kind(
    "Earlier days, at each stage",
    "history-parse-differs history-recast-differs history-pages-lost days-left-out generations-missed",
    SAME_MEANS[Means.SQL],
)
FRESHNESS = Kind("Data of today", "generation-not-todays generation-old no-data-today", SAME_MEANS[Means.OWN])
SCHEMA = Kind(
    "Tables, columns and types of the Data Catalog",
    "table-missing columns-wrong partition-keys-wrong source-table-missing typed-columns-missing column-missing "
    "no-parsed-columns data-unreadable",
    SAME_MEANS[Means.OWN],
)
CATALOG = Kind(
    "The Data Catalog against what lies in S3",
    "data-not-crawled partition-without-data responses-not-crawled data-elsewhere table-elsewhere "
    "tables-share-folder format-wrong partition-elsewhere files-typed-otherwise partitions-typed-otherwise "
    "generations-differ generation-without-columns",
    SAME_MEANS[Means.NO],
)
PROMISED = Kind(
    "All that the API promised", "pages-missing pages-unknown nothing-to-ingest", SAME_MEANS[Means.NO]
)
RUNS = Kind(
    "Job runs, bookmarks and crawls",
    "job-run-under-way data-outdated data-of-other-code job-without-bookmark data-already-read "
    "data-without-bookmark job-run-failed job-run-died data-not-written crawler-missing crawler-ambiguous "
    "crawl-failed crawl-stale no-crawler snapshot-not-crawled",
    SAME_MEANS[Means.NO],
)
DEPLOYED = Kind(
    "What is deployed, and what is tested",
    "workgroup-not-set-up job-missing job-ambiguous job-runs-other-script script-missing helpers-missing "
    "helpers-outdated dictionary-not-deployed clone-differs test-script-not-run test-script-not-copied "
    "test-script-not-the-branchs original-script-changed code-not-mains deployed-list-differs "
    "parameters-not-terraforms crawler-not-terraforms triggers-off triggers-on trigger-time-differs tests-left",
    SAME_MEANS[Means.NO],
)
BRANCH = Kind(
    "The branch, its merge and its unit tests",
    "branch-not-of-ticket dictionary-wrong other-tables-retyped table-not-listed table-listed-twice "
    "tables-dropped rules-unreadable rules-wrong unit-tests-failed no-unit-tests merge-conflict "
    "merge-lists-wrong merge-retypes-tables helpers-changed not-verified not-merged",
    SAME_MEANS[Means.NO],
)
OTHER_TABLES = Kind(
    "Tables not under test, as they were before",
    "no-record-of-tables other-table-gone other-table-schema-changed other-table-data-changed "
    "other-table-generation-added widest-table-changed released-table-gone released-table-retyped "
    "released-table-rewritten released-table-left-behind released-table-lost-rows",
    SAME_MEANS[Means.NO],
)
WAY_BACK = Kind(
    "A way back", "way-back-incomplete way-back-hurts-others generation-not-restorable", SAME_MEANS[Means.NO]
)
PREMISES = Kind(
    "What has to be done first, and is not",
    "no-job-to-clone no-test-job no-snapshot no-parsed-data no-increments first-night-not-due "
    "first-night-missed earlier-step",
    SAME_MEANS[Means.NO],
)
RANGES = Kind("Values in a range or a set", others=SAME_MEANS[Means.OWN], ours=Means.NO)
DISTRIBUTION = Kind("The distribution of a column's values", others=SAME_MEANS[Means.OWN], ours=Means.NO)

KINDS = (
    VOLUME,
    COMPLETENESS,
    UNIQUENESS,
    VALIDITY,
    ROW_COUNTS,
    SAME_ROWS,
    SAME_VALUES,
    UNCOMPARED,
    HISTORY,
    FRESHNESS,
    SCHEMA,
    CATALOG,
    PROMISED,
    RUNS,
    DEPLOYED,
    BRANCH,
    OTHER_TABLES,
    WAY_BACK,
    PREMISES,
    RANGES,
    DISTRIBUTION,
)
