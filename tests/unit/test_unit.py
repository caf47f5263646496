# SPDX-License-Identifier: BSD-2-Clause
"""Runs the host unit tests: each case of each cmocka program is an item."""
import pytest

from lib import cmocka, host

SOURCES = sorted((host.ROOT / "tests/unit").glob("test_*.c"))
PROGRAMS = [s.stem for s in SOURCES]
CASES = [(s.stem, case) for s in SOURCES
         for case in cmocka.listed(s.read_text(errors="replace"))]


@pytest.fixture(name="build", scope="session")
def build_fixture():
    """`make unit`, once; -k, so that one bad program does not hide others."""
    return host.make("-j2", "-k", "unit")


@pytest.fixture(name="run", scope="session")
def run_fixture(build):
    """run(name) gives the Program, run at its first use."""
    done = {}

    def run(name):
        if name not in done:
            path = host.BUILD / "unit" / name
            # An old program must not stand in for one that does not build.
            fresh = host.make("-q", path.relative_to(host.ROOT))
            done[name] = fresh.returncode == 0 and cmocka.Program(path)
        assert done[name], f"{name} does not build:\n{build.stdout}"
        return done[name]

    return run


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(run, name):
    """The program builds, runs cases, and ends well: no leak, no overrun."""
    program = run(name)
    assert program.results, f"no case ran:\n{program.output}"
    assert program.status == 0, program.output


@pytest.mark.parametrize("name, case", CASES)
def test_case(run, name, case):
    """One case of one program."""
    program = run(name)
    assert program.results.get(case), program.explain(case)
