/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs dtc for the tests: source in, blob out; or a blob in, warnings out. */
#ifndef TESTS_UNIT_DTS_H
#define TESTS_UNIT_DTS_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hyp/util.h"

/* Run a dtc command line on input; all that it prints goes to out. */
static inline u64 dts_run(const char *dtc, const void *input, u64 input_size,
			  void *out, u64 out_size)
{
	char path[] = "/tmp/dts-XXXXXX", command[256];
	int fd = mkstemp(path);
	FILE *pipe;
	u64 size;

	BUG_ON(fd < 0 || write(fd, input, input_size) != (s64)input_size);
	close(fd);
	snprintf(command, sizeof(command), "%s %s", dtc, path);
	pipe = popen(command, "r");
	BUG_ON(!pipe);
	size = fread(out, 1, out_size, pipe);
	BUG_ON(size == out_size);
	BUG_ON(pclose(pipe));
	unlink(path);
	return size;
}

#endif
