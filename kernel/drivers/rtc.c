// SPDX-License-Identifier: MIT
/*
 * The MC146818 clock. It is read twice until both readings agree and no
 * update was going on. Its time is taken to be UTC.
 */
#include "kernel/drivers/rtc.h"
#include "kernel/arch/x86_64/io.h"

#define STATUS_A 10
#define STATUS_B 11
#define TRIES 1000

struct date {
	unsigned second, minute, hour, day, month, year;
};

static uint8_t reg(uint8_t n)
{
	out8(0x70, n);
	return in8(0x71);
}

static struct date read_raw(void)
{
	return (struct date){ reg(0), reg(2), reg(4), reg(7), reg(8), reg(9) };
}

static bool same(const struct date *a, const struct date *b)
{
	return a->second == b->second && a->minute == b->minute &&
	       a->hour == b->hour && a->day == b->day && a->month == b->month &&
	       a->year == b->year;
}

static unsigned from_bcd(unsigned v)
{
	return (v >> 4) * 10 + (v & 15);
}

static void decode(struct date *d)
{
	uint8_t mode = reg(STATUS_B);
	bool afternoon = d->hour & 0x80;

	d->hour &= 0x7f;
	if (!(mode & 4)) {
		d->second = from_bcd(d->second);
		d->minute = from_bcd(d->minute);
		d->hour = from_bcd(d->hour);
		d->day = from_bcd(d->day);
		d->month = from_bcd(d->month);
		d->year = from_bcd(d->year);
	}
	if (!(mode & 2))
		d->hour = d->hour % 12 + (afternoon ? 12 : 0);
	d->year += d->year < 70 ? 2000 : 1900;
}

/* Days since 1970-01-01 (years counted from March, so February comes last). */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

int64_t rtc_read(void)
{
	struct date now, before = { 0 };

	for (unsigned i = 0; i < TRIES; i++) {
		if (reg(STATUS_A) & 0x80)
			continue;
		now = read_raw();
		if (same(&now, &before))
			break;
		before = now;
	}
	decode(&now);
	if (now.month < 1 || now.month > 12 || now.day < 1 || now.day > 31 ||
	    now.hour > 23 || now.minute > 59 || now.second > 60)
		return 0;
	return days(now.year, now.month, now.day) * 86400 + now.hour * 3600 +
	       now.minute * 60 + now.second;
}
