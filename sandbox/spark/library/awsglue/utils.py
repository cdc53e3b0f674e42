"""The parameters of a job run.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

import argparse
from typing import NoReturn

_RESERVED = (
    "job-bookmark-option",
    "job-bookmark-from",
    "job-bookmark-to",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption-type",
    "enable-data-lineage",
    "RedshiftTempDir",
    "TempDir",
)
"""Glue's own, which are among the result whether asked for or not."""


class GlueArgumentError(Exception):
    """A parameter that the script asks for is not among the run's."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str]:
    """The values of the named parameters in `args` (sys.argv), and Glue's own; others may be there and are passed over.

    Raises GlueArgumentError when one is missing, RuntimeError when Glue's own are asked for (but the TempDirs).
    """
    if asked := [name for name in options if name in _RESERVED and not name.endswith("TempDir")]:
        raise RuntimeError(f"Using reserved arguments {','.join(asked)}")
    parser = _Parser(allow_abbrev=False)
    for option in dict.fromkeys([*options, *_RESERVED]):
        parser.add_argument(f"--{option}", required=option in options)
    return vars(parser.parse_known_args(args[1:])[0])
