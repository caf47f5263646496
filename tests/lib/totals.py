# SPDX-License-Identifier: BSD-2-Clause
"""Prints the line of totals that a test run ends with."""
import sys
import xml.etree.ElementTree as xml


def count(report):
    """(passed, failed, skipped) of a JUnit report; (0, 1, 0) without one."""
    try:
        cases = list(xml.parse(report).getroot().iter("testcase"))
    except (OSError, xml.ParseError):
        return 0, 1, 0
    failed = sum(c.find("failure") is not None or c.find("error") is not None
                 for c in cases)
    skipped = sum(c.find("skipped") is not None for c in cases)
    return len(cases) - failed - skipped, failed, skipped


def main():
    """Print the totals; the status is 0 only if something ran, all of it well.
    """
    passed, failed, skipped = count(sys.argv[1])
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
