# SPDX-License-Identifier: BSD-2-Clause
"""What holds for every test: order, working directory, no process left."""
import os

import pytest

from lib import host

# The quick ones first, so that a broken build is seen early.
ORDER = ("lint", "unit", "guest", "linux", "bench")


def _rank(item):
    folder = item.path.parent.name
    return ORDER.index(folder) if folder in ORDER else len(ORDER)


def pytest_configure():
    """Paths in tests are relative to the repository's root."""
    os.chdir(host.ROOT)


def pytest_collection_modifyitems(items):
    """Sort by folder; the order inside a file stays."""
    items.sort(key=_rank)


@pytest.fixture(autouse=True)
def no_process_left():
    """End what the test started, whatever became of it."""
    yield
    host.kill_all()
