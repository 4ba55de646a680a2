// SPDX-License-Identifier: MIT
/*
 * The host's C library for files that include the kernel's headers too, which
 * define some of the same names.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef WNOHANG
#undef WUNTRACED
#undef WSTOPPED
#undef WEXITED
#undef WCONTINUED
#undef WNOWAIT
