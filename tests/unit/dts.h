/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs dtc for the tests: source in, blob out; or a blob in, warnings out. */
#ifndef TESTS_UNIT_DTS_H
#define TESTS_UNIT_DTS_H

#include <stdio.h>

#include "hyp/util.h"

/* Run a dtc command line on input; what it prints goes to out, uncut. */
static inline u64 dts_run(const char *dtc, const void *input, u64 input_size,
			  void *out, u64 out_size)
{
	FILE *file = tmpfile(), *pipe;
	char command[256];
	u64 size;

	BUG_ON(!file || fwrite(input, 1, input_size, file) != input_size);
	BUG_ON(fflush(file));
	snprintf(command, sizeof(command), "%s /dev/fd/%d", dtc, fileno(file));
	pipe = popen(command, "r");
	BUG_ON(!pipe);
	size = fread(out, 1, out_size, pipe);
	BUG_ON(size == out_size || pclose(pipe));
	fclose(file);
	return size;
}

#endif
