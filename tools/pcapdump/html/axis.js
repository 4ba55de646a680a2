'use strict';
// SPDX-License-Identifier: MIT
/*
 * Round numbers for axes, and values as text: scale.c in the page's language.
 */

const UNITS = {
	bytes: [[1, 'B'], [1e3, 'kB'], [1e6, 'MB'], [1e9, 'GB'], [1e12, 'TB']],
	time: [[1, 'ns'], [1e3, '\u00b5s'], [1e6, 'ms'], [1e9, 's']],
};

function unitFor(unit, value) {
	const table = UNITS[unit];
	let i = 0;

	while (i + 1 < table.length && value >= table[i + 1][0])
		i++;
	return table[i];
}

/* "1.25 MB", "38.2 ms". */
function valueText(unit, value) {
	const [size, name] = unitFor(unit, Math.abs(value));
	const shown = value / size;
	const digits = size === 1 || Math.abs(shown) >= 100 ? 0 :
		Math.abs(shown) >= 10 ? 1 : 2;

	return `${shown.toFixed(digits)} ${name}`;
}

/* The least of 1, 2 or 5 times a power of ten that is not less. */
function roundUp(v) {
	const power = 10 ** Math.floor(Math.log10(v));

	for (const step of [1, 2, 5, 10])
		if (step * power >= v * 0.999999)
			return step * power;
	return 10 * power;
}

/* About `wanted` ticks: { at: [...], text(value), name }. */
function linearTicks(from, to, unit, wanted) {
	const step = roundUp((to - from) / Math.max(wanted, 1));
	const [size, name] = unitFor(unit, Math.max(Math.abs(from), Math.abs(to)));
	const digits = Math.min(9, Math.max(0,
		-Math.floor(Math.log10(step / size) + 1e-9)));
	const at = [];

	for (let i = Math.ceil(from / step - 1e-6); i * step <= to * (1 + 1e-9) &&
	     at.length < 40; i++)
		at.push(i * step);
	return { at, name, text: v => (v / size).toFixed(digits) };
}

function decadeTicks(from, to, unit) {
	const at = [];

	for (let power = 1; power <= to; power *= 10)
		if (power >= from)
			at.push(power);
	return { at, name: '', text: v => {
		const [size, name] = unitFor(unit, v);

		return `${Math.round(v / size)} ${name}`;
	} };
}

class Scale {
	constructor(from, to, low, high, logarithmic) {
		this.from = from;
		this.to = to;
		this.low = low;
		this.high = high;
		this.logarithmic = logarithmic;
		this.size = logarithmic ? Math.log(to / from) : to - from;
	}

	pixel(v) {
		const part = this.logarithmic ?
			Math.log(Math.max(v, this.from) / this.from) / this.size :
			(v - this.from) / this.size;

		return this.low + part * (this.high - this.low);
	}

	value(pixel) {
		return this.from + (pixel - this.low) / (this.high - this.low) *
			this.size;
	}
}
