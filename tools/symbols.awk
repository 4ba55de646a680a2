# SPDX-License-Identifier: MIT
# Turns `nm -n` of the kernel into the table that kernel/arch/x86_64/symbols.c
# searches: sorted 32-bit addresses (the kernel lies in the top 2 GiB), the
# place of each name, and the names. Data symbols are left out.
BEGIN { n = 0 }
$2 ~ /^[tT]$/ && $1 ~ /^ffffffff[89a-f]/ && $3 !~ /^\./ {
	address[n] = substr($1, 9)
	name[n++] = $3
}
END {
	print "\t.section .rodata.symbols,\"a\",@progbits"
	print "\t.balign 8"
	print "\t.globl symbol_count, symbol_address, symbol_name_at, symbol_names"
	print "symbol_count:\t.long " n + 0
	print "symbol_address:"
	for (i = 0; i < n; i++)
		print "\t.long 0x" address[i]
	print "symbol_name_at:"
	at = 0
	for (i = 0; i < n; i++) {
		print "\t.long " at
		at += length(name[i]) + 1
	}
	print "symbol_names:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	print "\t.byte 0"
	print "\t.section .note.GNU-stack,\"\",@progbits"
}
