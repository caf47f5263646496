# SPDX-License-Identifier: BSD-2-Clause
"""The checks by compiler, formatter and analyser; and each one can fail."""
from pathlib import Path

import pytest

import tools
from lib import host, tree

FILES = tree.files()
HEADERS = tree.in_rooms(FILES, ".h")
C_FILES = tree.in_rooms(FILES, ".c")
FORMATTED = [n for n in FILES if n.endswith((".c", ".h"))]
PROGRAMS = ("build/trapeze.elf", "build/direct.elf")


@pytest.fixture(name="flags", scope="session")
def flags_fixture():
    """The compiler of the VMM and its flags."""
    return tools.vmm_flags()


def fail_on(found):
    """Fail with what was found, if anything was."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


# ---- headers stand alone ----------------------------------------------------

def test_headers(flags):
    """Each header brings what it needs."""
    fail_on([c for path in HEADERS for c in tools.header(path, flags)])


@pytest.mark.parametrize("text", [
    "u64 needs_types_h(void);\n",
    "struct not_guarded {\n\tint x;\n};\n",
    "#ifndef UNDEF_H\n#define UNDEF_H\n#if NOT_DEFINED\n#endif\n#endif\n",
])
def test_header_catches(tmp_path, flags, text):
    """A header without its types, guard or macros is seen."""
    (tmp_path / "bad.h").write_text(text)
    assert tools.header(tmp_path / "bad.h", flags)


# ---- format -----------------------------------------------------------------

def test_format():
    """clang-format has nothing to change."""
    fail_on(tools.formatting(FORMATTED))


def test_format_catches(tmp_path):
    """Four blanks are no tab."""
    bad = tmp_path / "bad.c"
    (tmp_path / ".clang-format").write_text(
        (host.ROOT / ".clang-format").read_text())
    bad.write_text("int f(void)\n{\n    return 0;\n}\n")
    assert tools.formatting([bad])


# ---- no floating point in the VMM -------------------------------------------

@pytest.mark.parametrize("program", PROGRAMS)
def test_no_floating_point(program):
    """
    The VMM and its firmware, libraries included, leave the guest's FP and vector registers
    alone outside the functions that switch them. Warnings end this build.
    """
    host.must_make("vmm")
    fail_on(tools.fp_instructions(tools.disassembly(program)))


@pytest.mark.parametrize("insn", [
    "fld fa0, 0(a0)", "fsd fs1, 8(sp)", "c.fldsp fa0, 0(sp)",
    "fcvt.d.l fa0, a0", "fmadd.s ft0, ft1, ft2, ft3", "frcsr a0",
    "csrw fcsr, a0", "vsetvli t0, a0, e8, m1, ta, ma", "vle8.v v0, (a0)", "vadd.vv v0, v1, v2",
    "csrw vstart, a0",
])
def test_floating_point_catches(tmp_path, insn):
    """Each way to touch that state is seen; its owner may."""
    source = tmp_path / "x.S"
    for symbol, count in (("sum", 1), ("fp_save", 0), ("vec_save", 0)):
        source.write_text(f".globl {symbol}\n{symbol}:\n\t{insn}\n\tret\n")
        done = host.run(["riscv64-linux-gnu-gcc", "-march=rv64gcv", "-c",
                         source, "-o", tmp_path / "x.o"])
        assert done.returncode == 0, done.stdout
        listing = tools.disassembly(tmp_path / "x.o")
        assert len(tools.fp_instructions(listing)) == count


def test_integer_code_is_accepted(tmp_path):
    """Fences, counters, compressed loads and CSRs are no floating point."""
    source = tmp_path / "x.S"
    source.write_text("f:\n\tfence\n\tfence.i\n\trdcycle a0\n\tecall\n"
                      "\tcsrw satp, a0\n\tcsrr a0, 0xc22\n\tc.ld a0, 0(a1)\n\tc.sdsp a0, 0(sp)\n"
                      "\tc.lwsp a0, 0(sp)\n\tc.addi4spn a0, sp, 8\n\tret\n")
    host.run(["riscv64-linux-gnu-gcc", "-march=rv64gc", "-c", source,
              "-o", tmp_path / "x.o"])
    assert not tools.fp_instructions(tools.disassembly(tmp_path / "x.o"))


def test_an_empty_listing_proves_nothing():
    """No code, no verdict."""
    with pytest.raises(ValueError):
        tools.fp_instructions("")


# ---- the interpreter's ops --------------------------------------------------

def test_ops_do_not_nest():
    """An op ends in a jump to the next one."""
    host.must_make("vmm")
    fail_on(tools.nested_ops(tools.disassembly("build/trapeze.elf")))


@pytest.mark.parametrize("call", [
    "jalr a5", "jal op_sub", "call op_sub", "jal code_seek",
])
def test_nesting_catches(tmp_path, call):
    """Calls through the slot and by name are seen; others may call."""
    source = tmp_path / "x.S"
    for owner, count in (("op_add", 1), ("interp_enter", 0)):
        source.write_text(f"{owner}:\n\t{call}\n\tjal memcpy\n\tjr a5\n"
                          "op_sub:\n\tjr a5\ncode_seek:\n\tret\n"
                          "memcpy:\n\tj op_sub\n")
        done = host.run(["riscv64-linux-gnu-gcc", "-march=rv64gc", "-nostdlib",
                         "-static", "-Wl,-e,0", source, "-o",
                         tmp_path / "x.elf"])
        assert done.returncode == 0, done.stdout
        listing = tools.disassembly(tmp_path / "x.elf")
        assert len(tools.nested_ops(listing)) == count


# ---- static analysis --------------------------------------------------------

def test_cppcheck():
    """cppcheck has nothing to say about the rooms."""
    assert C_FILES
    libfdt = host.make_value("$(FDT_ROOT)/include")
    fail_on(tools.analysis(C_FILES, host.BUILD / "cppcheck", "-I" + libfdt))


def test_cppcheck_catches(tmp_path):
    """An index past the end is seen."""
    bad = tmp_path / "bad.c"
    bad.write_text("int f(void)\n{\n\tint a[1] = { 0 };\n\treturn a[1];\n}\n")
    assert tools.analysis([bad], tmp_path / "cache")


# ---- packages ---------------------------------------------------------------

def test_packages():
    """What the set-up would install exists."""
    if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        pytest.skip("apt has no package lists here")
    script = (host.ROOT / "config/setup/packages.sh").read_text()
    names = tools.listed_packages(script)
    assert names
    assert not tools.missing_packages(names)


def test_packages_catches():
    """A name with a slip is seen."""
    script = 'x=1\npackages="\n\tbash\n\tbsah\t1.0\n"\n'
    assert tools.listed_packages(script) == ["bash", "bsah"]
    assert tools.missing_packages(["bash", "bsah"]) == ["bsah"]
