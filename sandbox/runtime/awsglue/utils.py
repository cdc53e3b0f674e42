"""The parameters of a job run."""

import argparse


class GlueArgumentError(Exception):
    """A parameter that the script asks for is not among the run's."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise GlueArgumentError(message)


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str]:
    """The values of the named parameters in `args` (sys.argv); others may be there and are passed over.

    Raises GlueArgumentError when one is missing.
    """
    parser = _Parser(allow_abbrev=False)
    for option in options:
        parser.add_argument(f"--{option}", required=True)
    return vars(parser.parse_known_args(args[1:])[0])
