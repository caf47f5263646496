# SPDX-License-Identifier: BSD-2-Clause
"""The text rules hold in the repository; and each one can fail."""
import pytest

import rules
from lib import host, tree

TAG = "SPDX-License-Identifier: BSD-2-Clause"
TALL = "int f(void)\n{\n" + "\tg();\n" * 58 + "}\n"

# (rule, path, text that breaks it)
BAD = [
    (rules.layering, "hyp/a.c", '#include "vcpu/vcpu.h"\n'),
    (rules.layering, "hyp/a.c", '#include "types.h"\n'),
    (rules.layering, "vcpu/a.c", '# include "tests/unit/host.h"\n'),
    (rules.layering, "boot/a.c", '#include "boot/direct/a.h"\n'),
    (rules.layering, "boot/direct/a.S", '.include "boot/a.h"\n'),
    (rules.layering, "boot/direct/a.c", '#include "hyp/host.h"\n'),
    (rules.layering, "boot/direct/a.S", '#include "offsets.h"\n'),
    (rules.heading, "hyp/a.c", "int x;\n"),
    (rules.heading, "hyp/a.c", f"/* {TAG} */\nint x;\n"),
    (rules.heading, "hyp/a.S", f"# {TAG}\n# Says a thing.\n"),
    (rules.heading, "hyp/a.h", f"/* {TAG} */\n/* no full stop */\n"),
    (rules.heading, "t/a.py", f'# {TAG}\n"""no full stop"""\nx.y = "a. "\n'),
    (rules.heading, "t/a.sh", f"#!/bin/bash\n\n# {TAG}\n# Late.\n"),
    (rules.heading, "t/a.dts", f"// {TAG}\n/dts-v1/;\n"),
    (rules.file_size, "hyp/a.c", "\n" * 401),
    (rules.function_size, "hyp/a.c", TALL),
    (rules.conditional, "hyp/a.c", "\t#  ifdef X\n"),
    (rules.conditional, "boot/direct/a.c", "#if 0\n"),
    (rules.places, "README.md", "see /" + "work/shared\n"),
    (rules.places, "a.sh", "cp x '/" + "root/y'\n"),
    (rules.places, "a.sh", "get http" + "://deb." + "debian.org/debian\n"),
    (rules.places, "a.sh", "host=ftp.de." + "debian.org\n"),
    (rules.places, "a.sh", "host=mirror." + "example.org\n"),
    (rules.white_space, "a.md", "word \n"),
    (rules.white_space, "a.md", "word"),
    (rules.binary, "a.bin", "\0"),
    (rules.binary, "a.bin", b"\xff".decode(errors="replace")),
]

# (rule, path, text that looks like it but is right)
GOOD = [
    (rules.layering, "vcpu/a.c", '#include "vdev/a.h"\n'),
    (rules.layering, "vcpu/a.S", '#include "offsets.h"\n'),
    (rules.layering, "boot/direct/a.c", '#include "hyp/csr.h"\n'),
    (rules.layering, "boot/direct/a.c", '#include "boot/direct/a.h"\n'),
    (rules.layering, "tests/unit/a.c", '#include "boot/a.h"\n'),
    (rules.heading, "hyp/a.S", f"/* {TAG} */\n/*\n * Two\n * lines.\n */\n"),
    (rules.heading, "t/a.sh", f"#!/bin/bash\n# {TAG}\n# Two\n# lines.\n"),
    (rules.heading, "t/a.py", f'# {TAG}\n"""Says a thing."""\n'),
    (rules.file_size, "hyp/a.c", "\n" * 400),
    (rules.function_size, "hyp/a.c", TALL.replace("\tg();\n", "", 1)),
    (rules.function_size, "hyp/a.c", "int f(void);\n" + TALL[12:].replace(
        "{", "struct a {", 1)),
    (rules.conditional, "hyp/a.h", "#ifndef A_H\n"),
    (rules.places, "a.sh", 'ls "$root/wo' 'rk/x" build/ro' 'ot/y\n'),
]


def _names(rows):
    return [f"{rule.__name__}-{n}" for n, (rule, *_) in enumerate(rows)]


@pytest.fixture(name="texts", scope="session")
def texts_fixture():
    """The text of every file of the repository, by path."""
    return {name: (host.ROOT / name).read_bytes().decode(errors="replace")
            for name in tree.files()}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda r: r.__name__)
def test_repository(rule, texts):
    """Every file keeps the rule."""
    assert texts
    complaints = [c for path, text in texts.items() for c in rule(path, text)]
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.mark.parametrize("rule, path, text", BAD, ids=_names(BAD))
def test_catches(rule, path, text):
    """The rule sees a file that breaks it."""
    assert list(rule(path, text))


@pytest.mark.parametrize("rule, path, text", GOOD, ids=_names(GOOD))
def test_accepts(rule, path, text):
    """The rule leaves a file alone that only looks like it."""
    assert not list(rule(path, text))


def test_every_rule_has_a_bad_sample():
    """A rule that cannot fail is none."""
    assert {rule for rule, *_ in BAD} == set(rules.RULES)


@pytest.mark.parametrize("folder", (*tree.ROOMS, "tests"))
def test_readme(folder):
    """Each room says at its door what lives there."""
    if not (host.ROOT / folder / "README.md").is_file():
        pytest.fail(f"{folder}/ has no README.md", pytrace=False)
