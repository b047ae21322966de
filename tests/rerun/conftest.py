"""A lab of jobs."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from journal.paths import store_file
from journal.store.database import open_store
from tests.git_repo import GitRepo
from tests.job_lab import Lab


@pytest.fixture
def lab(repo: GitRepo) -> Iterator[Lab]:
    """A clone with one commit, an empty store, and no scheduler."""
    with closing(open_store(store_file())) as connection:
        yield Lab(repo, connection)
