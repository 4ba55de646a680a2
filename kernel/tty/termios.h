// SPDX-License-Identifier: MIT
/*
 * Terminal settings: struct termios as Linux's ioctls carry it, and the names
 * of its bits (termios(3), <asm-generic/termbits.h>).
 */
#pragma once

#include "lib/types.h"

enum {
	VINTR,
	VQUIT,
	VERASE,
	VKILL,
	VEOF,
	VTIME,
	VMIN,
	VSWTC,
	VSTART,
	VSTOP,
	VSUSP,
	VEOL,
	VREPRINT,
	VDISCARD,
	VWERASE,
	VLNEXT,
	VEOL2,
	NCCS = 19
};

struct termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCCS];
	uint32_t ispeed, ospeed; /* TCGETS2 only */
};
#define TERMIOS_SIZE 36u /* what TCGETS copies */
#define TERMIOS2_SIZE 44u

struct window_size {
	uint16_t rows, columns, width, height;
};

#define IGNBRK 0x1u
#define BRKINT 0x2u
#define IGNPAR 0x4u
#define PARMRK 0x8u
#define INPCK 0x10u
#define ISTRIP 0x20u
#define INLCR 0x40u
#define IGNCR 0x80u
#define ICRNL 0x100u
#define IUCLC 0x200u
#define IXON 0x400u
#define IXANY 0x800u
#define IXOFF 0x1000u
#define IMAXBEL 0x2000u
#define IUTF8 0x4000u

#define OPOST 0x1u
#define OLCUC 0x2u
#define ONLCR 0x4u
#define OCRNL 0x8u
#define ONOCR 0x10u
#define ONLRET 0x20u
#define TABDLY 0x1800u
#define XTABS 0x1800u

#define CBAUD 0x100fu
#define B0 0u
#define B9600 13u
#define B38400 15u
#define B115200 0x1002u
#define BOTHER 0x1000u
#define CSIZE 0x30u
#define CS8 0x30u
#define CREAD 0x80u
#define HUPCL 0x400u
#define CLOCAL 0x800u

#define ISIG 0x1u
#define ICANON 0x2u
#define ECHO 0x8u
#define ECHOE 0x10u
#define ECHOK 0x20u
#define ECHONL 0x40u
#define NOFLSH 0x80u
#define TOSTOP 0x100u
#define ECHOCTL 0x200u
#define ECHOPRT 0x400u
#define ECHOKE 0x800u
#define IEXTEN 0x8000u
#define EXTPROC 0x10000u
