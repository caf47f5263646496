# SPDX-License-Identifier: BSD-2-Clause
"""What the tests share: paths, processes, machines, descriptions."""
