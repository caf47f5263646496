# SPDX-License-Identifier: BSD-2-Clause
# Turns `nm -n` of the linked image into the symbol table for backtraces; with
# no input it gives an empty one, for the first link (hyp/symbol.c reads it).
$2 ~ /^[tT]$/ && $3 !~ /^\./ {
	offset[n] = $1
	name[n] = $3
	n++
}

END {
	print "\t.section .symbols, \"a\""
	print "\t.balign 8\n\t.globl symbols, symbols_count, symbol_names"
	print "symbols_count:\n\t.word " n + 0
	print "symbols:"
	for (i = 0; i < n; i++) {
		print "\t.word 0x" substr(offset[i], 9) ", " used + 0
		used += length(name[i]) + 1
	}
	print "symbol_names:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	if (!n)
		print "\t.byte 0"
}
