#include "tests/net/conform/libc.h"
#include "tests/net/conform/conform.h"
void run_code(struct step *e)
{
	unsupported(e->line, "code");
}
