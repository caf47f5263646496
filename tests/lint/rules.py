# SPDX-License-Identifier: BSD-2-Clause
"""The rules that read text: each takes (path, text) and gives complaints."""
import re

# The staircase: a file includes its own room and those to the left of it.
STAIRS = ("hyp", "gstage", "vdev", "vcpu", "config", "boot")
# A house of its own: firmware that runs below the VMM.
APART = "boot/direct"
# What it shares with the VMM: numbers and types, no code.
PURE = ("hyp/csr.h", "hyp/sbi.h", "hyp/types.h", "hyp/util.h")
GENERATED = ("offsets.h",)      # made from vcpu/offsets/, found by -I

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
# Path: why it may be longer. A reason is needed, a wish is not one.
LONG_FILES = {}

_INCLUDE = re.compile(r'^[ \t]*(?:#[ \t]*|\.)include[ \t]*"([^"]+)"', re.M)
_CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)\b", re.M)


def _line(text, offset):
    return text.count("\n", 0, offset) + 1


def room_of(path):
    """The room a path lies in, "boot/direct" apart, or None."""
    if path.startswith(APART + "/"):
        return APART
    top = path.split("/", 1)[0]
    return top if top in STAIRS else None


def layering(path, text):
    """Includes go down the staircase, and name the room."""
    room = room_of(path)
    if not room:
        return
    below = (APART,) if room == APART else STAIRS[:STAIRS.index(room) + 1]
    extra = PURE if room == APART else GENERATED
    for match in _INCLUDE.finditer(text):
        target = match[1]
        if target in extra or room_of(target) in below:
            continue
        yield (f"{path}:{_line(text, match.start())}: {room} may not include "
               f'"{target}"; it may: {", ".join([b + "/" for b in below] + list(extra))}')


def _comment(lines):
    """The text of the comment that starts in lines[0], or ''."""
    first = lines[0] if lines else ""
    if first.startswith('"""'):
        return "\n".join(lines)[3:].split('"""')[0]
    if first.startswith("/*"):
        body = "\n".join(lines)[2:].split("*/")[0]
        return re.sub(r"^ \*", "", body, flags=re.M)
    mark = next((m for m in ("//", "#") if first.startswith(m)), None)
    if not mark:
        return ""
    body = []
    for line in lines:
        if not line.startswith(mark):
            break
        body.append(line.removeprefix(mark))
    return "\n".join(body)


def heading(path, text):
    """The licence first, then one sentence that says what the file is."""
    if not path.endswith((".c", ".h", ".S", ".py", ".sh", ".dts")):
        return
    lines = text.split("\n")
    if lines[0].startswith("#!"):
        del lines[0]
    tag = "SPDX-License-Identifier: BSD-2-Clause"
    wanted = {f"/* {tag} */", f"// {tag}"}
    if path.endswith((".py", ".sh")):
        wanted = {f"# {tag}"}
    if lines[0] not in wanted:
        yield f"{path}:1: does not start with the line {min(wanted)}"
    elif not re.match(r"\s*[\w`'\"-].*?[.](\s|$)", _comment(lines[1:]), re.S):
        yield f"{path}:2: no sentence that says what the file is"


def file_size(path, text):
    """No file of code is too long to read at a sitting."""
    count = text.count("\n")
    if not path.endswith((".c", ".h", ".S", ".py")) or path in LONG_FILES:
        return
    if count > MAX_FILE_LINES:
        yield f"{path}: {count} lines, at most {MAX_FILE_LINES}"


def function_size(path, text):
    """No function is longer than a page: from its name to the last brace."""
    if not path.endswith(".c"):
        return
    head = body = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("{"):
            body = head or number
        elif line.startswith("}") and body:
            count = number - body + 1
            if count > MAX_FUNCTION_LINES:
                yield (f"{path}:{body}: a function of {count} lines, at most "
                       f"{MAX_FUNCTION_LINES}")
            head = body = None
        elif not line or line.endswith((";", "*/")):
            head = None
        elif not head and re.match(r"[A-Za-z_]", line):
            head = number


def conditional(path, text):
    """No conditional compilation in the rooms' .c files."""
    if not room_of(path) or not path.endswith(".c"):
        return
    for match in _CONDITIONAL.finditer(text):
        yield (f"{path}:{_line(text, match.start())}: #{match[1]} in a .c "
               "file: choose by table, by file or by a constant condition")


# Written so that this file does not match them.
_PLACES = (
    (re.compile(r"(?<![\w.})*/-])/(work|root|farm|home|tmp)/"),
     "a path of the machine that built it"),
    (re.compile(r"https?://[^\s/]*(debian|ubuntu|mirror|snapshot)", re.I),
     "the address of a package mirror"),
    (re.compile(r"\b(deb|ftp|cdn|security|snapshot|archive|ports)[\w.-]*\."
                r"(debian|ubuntu)\.(org|com|net)\b", re.I),
     "the host name of a package mirror"),
    (re.compile(r"\bmirrors?\.[\w-]+\.[a-z]{2,4}\b", re.I),
     "the host name of a mirror"),
)


def places(path, text):
    """Nothing that is true on one machine or network only."""
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, what in _PLACES:
            if pattern.search(line):
                yield f"{path}:{number}: {what}: {line.strip()}"


def white_space(path, text):
    """No trailing white space, and a newline at the end."""
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield f"{path}:{number}: trailing white space"
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"


def binary(path, text):
    """Nothing but text is tracked."""
    if "\0" in text or "\ufffd" in text:
        yield f"{path}: not a text file in UTF-8"


RULES = (layering, heading, file_size, function_size, conditional, places,
         white_space, binary)
