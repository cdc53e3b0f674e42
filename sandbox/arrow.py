"""pyarrow, ready for use at the cost of pyarrow alone.

Converting the first Python list to an Arrow array makes pyarrow import pandas wherever that is installed, half a
second that nothing in the sandbox needs. If the import fails once, pyarrow goes on without pandas, and tries
again only when a script asks for pandas objects (`_PandasAPIShim` in pyarrow's pandas-shim.pxi).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out", name=name)


def prepare() -> None:
    """Have the first conversion done without pandas. For the start of a process: other threads see it too."""
    without = _NoPandas()
    sys.meta_path.insert(0, without)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(without)
