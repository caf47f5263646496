# SPDX-License-Identifier: BSD-2-Clause
"""Runs cmocka programs and reads their results, case by case."""
import re

from lib import host

SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=1:detect_leaks=1:strict_string_checks=1:"
                    "detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
}
_LISTED = re.compile(r"\bcmocka_unit_test(?:_\w+)?\(\s*([A-Za-z_]\w*)\s*[,)]")
_RESULT = re.compile(r"^(ok|not ok) \d+ - (\w+)", re.MULTILINE)


def listed(source):
    """The names of the cases in a C source's lists of tests, in order."""
    code = re.sub(r"^[ \t]*#(?:.*\\\n)*.*|/\*[\s\S]*?\*/", "", source,
                  flags=re.MULTILINE)
    return list(dict.fromkeys(_LISTED.findall(code)))


class Program:
    """How one test program ended, and what it said: TAP."""

    def __init__(self, status, output):
        self.status = status
        self.output = output
        self.results = {name: word == "ok"
                        for word, name in _RESULT.findall(output)}

    def explain(self, case):
        """What to show when a case failed: its lines, or all of them."""
        if case not in self.results:
            return (f"{case} did not run: the program ended with status "
                    f"{self.status}\n{self.output}")
        block = re.search(rf"^not ok \d+ - {case}\b.*?(?=^(?:not )?ok |\Z)",
                          self.output, re.MULTILINE | re.DOTALL)
        return block.group() if block else self.output


def run(path, timeout=120):
    """Run a test program; gives the Program."""
    env = host.environment(CMOCKA_MESSAGE_OUTPUT="tap", **SANITIZERS)
    done = host.run([path], env=env, timeout=timeout)
    return Program(done.returncode, done.stdout)
