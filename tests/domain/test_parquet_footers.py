"""Which of a generation's files are read for their columns' types."""

from __future__ import annotations

from itertools import pairwise

import pytest

from acceptance.aws.parquet_footers import MOST, to_be_read


@pytest.mark.parametrize("number", [0, 1, MOST, MOST + 1, 200, 1000])
def test_the_newest_file_is_always_read(number: int) -> None:
    files = range(number)
    read = list(to_be_read(files))
    assert read == sorted(read) and len(read) <= MOST
    assert read[-1:] == list(files)[-1:]
    assert number > MOST or read == list(files)
    gaps = {after - before for before, after in pairwise(read)}
    assert len(gaps) <= 1
