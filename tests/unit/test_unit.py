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
    return host.make("-s", "-j2", "-k", "unit").stdout


@pytest.fixture(name="run", scope="session")
def run_fixture(build):
    """run(name): the Program, run once; None where it does not build."""
    done = {}

    def run(name):
        if name not in done:
            path = host.BUILD / "unit" / name
            # An old program must not stand in for one that does not build.
            fresh = host.make("-q", path.relative_to(host.ROOT))
            done[name] = cmocka.run(path) if not fresh.returncode else None
        return done[name]

    return run


def need(condition, complaint):
    """Fail with what the compiler or the program said, and no more."""
    if not condition:
        pytest.fail(complaint, pytrace=False)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(run, build, name):
    """The program builds, runs cases, and ends well: no leak, no overrun."""
    program = run(name)
    need(program, f"{name} does not build:\n{build}")
    need(program.results, f"no case ran:\n{program.output}")
    need(program.status == 0, f"status {program.status}\n{program.output}")


@pytest.mark.parametrize("name, case", CASES)
def test_case(run, name, case):
    """One case of one program."""
    program = run(name)
    need(program, f"{name} does not build: see test_program[{name}]")
    need(program.results.get(case), program.explain(case))


def test_reading_of_programs():
    """Cases are found where they are listed; a skipped one has not passed."""
    source = ("#define T(f) cmocka_unit_test(f)\n/* cmocka_unit_test(old) */\n"
              "\tcmocka_unit_test(one),\n"
              "\tcmocka_unit_test_setup_teardown(two, up, down),\n")
    assert cmocka.listed(source) == ["one", "two"]
    program = cmocka.Program(1, "1..4\nok 1 - one\nnot ok 2 - two\n# why\n"
                             "not ok 3 # SKIP three\n# not ok - all\n")
    assert program.results == {"one": True, "two": False}
    assert program.explain("two").endswith("# why\n")
    assert "three did not run" in program.explain("three")
