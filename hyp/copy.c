/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies by words: no access is misaligned, which a hart may not have. */
#include "hyp/copy.h"
#include "hyp/util.h"

#define WORD sizeof(u64)

static u8 *copy_some(u8 *to, const u8 **from, u64 len)
{
	while (len--)
		*to++ = *(*from)++;
	return to;
}

static void copy_words(u64 *to, const u64 *from, u64 words)
{
	for (; words >= 4; words -= 4, to += 4, from += 4) {
		u64 a = from[0], b = from[1], c = from[2], d = from[3];

		to[0] = a, to[1] = b, to[2] = c, to[3] = d;
	}
	while (words--)
		*to++ = *from++;
}

/* Each word is of two of from's, which is not aligned. */
__attribute__((no_sanitize("address"))) static void
merge_words(u64 *to, const u8 *from, u64 words)
{
	const u64 *f = (const u64 *)ALIGN_DOWN((u64)from, WORD);
	u32 low = (u64)from % WORD * 8, high = 64 - low;
	u64 before = *f++;

	while (words--) {
		u64 next = *f++;

		*to++ = before >> low | next << high;
		before = next;
	}
}

void copy_bytes(void *to, const void *from, u64 len)
{
	const u8 *f = from;
	u8 *t = to;

	if (len >= 2 * WORD) {
		u64 head = -(u64)t % WORD, words = (len - head) / WORD;

		t = copy_some(t, &f, head);
		if (IS_ALIGNED((u64)f, WORD))
			copy_words((u64 *)t, (const u64 *)f, words);
		else
			merge_words((u64 *)t, f, words);
		t += words * WORD;
		f += words * WORD;
		len -= head + words * WORD;
	}
	copy_some(t, &f, len);
}
