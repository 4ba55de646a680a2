'use strict';
// SPDX-License-Identifier: MIT
/*
 * The filter box: words that all must hold, `or` between alternatives, `!` in
 * front of one that must not. A comparison (len>1000), a word of the table
 * below, or else a text that stands in the packet's line or note. parseFilter()
 * gives a function from a packet's index to a boolean, or throws an Error whose
 * message is for the user.
 */

const FILTER_FIELDS = {
	no: (c, i) => c.number[i],
	time: (c, i) => c.time[i] / 1e9,
	len: (c, i) => c.length[i],
	data: (c, i) => c.payload[i],
	conn: (c, i) => c.conn[i],
	seq: (c, i) => c.seq[i],
	ack: (c, i) => c.ack[i],
	win: (c, i) => c.window[i],
	rtt: (c, i) => c.rtt[i] / 1e9,
};

const FILTER_WORDS = {
	tcp: (c, i) => c.conn[i] >= 0,
	in: (c, i) => c.direction[i] === 1,
	out: (c, i) => c.direction[i] === 2,
	syn: (c, i) => (c.flags[i] & SYN) !== 0,
	fin: (c, i) => (c.flags[i] & FIN) !== 0,
	rst: (c, i) => (c.flags[i] & RST) !== 0,
	data: (c, i) => c.payload[i] > 0,
	dropped: (c, i) => c.dropped[i] !== 0,
	again: (c, i) => c.isAgain(i),
	trouble: (c, i) => c.isTrouble(i),
	dup: (c, i) => (c.meaning[i] & MEANS_DUPLICATE_ACK) !== 0,
	zero: (c, i) => (c.meaning[i] & MEANS_ZERO_WINDOW) !== 0,
	sack: (c, i) => c.sacks[i] !== null,
};

for (let kind = 1; kind < KINDS.length; kind++)
	FILTER_WORDS[KINDS[kind].id] = (c, i) => c.kind[i] === kind;

const FILTER_COMPARISONS = {
	'=': (a, b) => a === b,
	'==': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'<': (a, b) => a < b,
	'<=': (a, b) => a <= b,
	'>': (a, b) => a > b,
	'>=': (a, b) => a >= b,
};

function portTest(capture, compare, value) {
	const has = capture.connections.map(c => c.sides.some(
		s => compare(Number(s.name.replace(/^.*:/, '')), value)));

	return i => capture.conn[i] >= 0 && has[capture.conn[i]];
}

function comparison(capture, name, operator, text) {
	const value = Number(text);
	const compare = FILTER_COMPARISONS[operator];

	if (text === '' || Number.isNaN(value))
		throw new Error(`${name}${operator} wants a number`);
	if (name === 'port')
		return portTest(capture, compare, value);
	return i => compare(FILTER_FIELDS[name](capture, i), value);
}

function textTest(capture, text) {
	const wanted = text.toLowerCase();

	return i => (capture.line(i) + ' ' + capture.note(i))
		.toLowerCase().includes(wanted);
}

function filterTerm(capture, word) {
	const match = /^([a-z]+)(==|!=|<=|>=|=|<|>)(.*)$/.exec(word);

	if (match && (match[1] === 'port' ||
		      Object.hasOwn(FILTER_FIELDS, match[1])))
		return comparison(capture, match[1], match[2], match[3]);
	if (Object.hasOwn(FILTER_WORDS, word))
		return i => FILTER_WORDS[word](capture, i);
	return textTest(capture, word.replace(/^"(.*?)"?$/, '$1'));
}

function parseFilter(capture, text) {
	const words = text.match(/!?"[^"]*"?|\S+/g) || [];
	const alternatives = [[]];

	for (const word of words) {
		if (word === 'or' || word === '||') {
			alternatives.push([]);
			continue;
		}
		if (word === 'and' || word === '&&')
			continue;
		if (word.startsWith('!') && word.length > 1) {
			const term = filterTerm(capture, word.slice(1));

			alternatives.at(-1).push(i => !term(i));
		} else {
			alternatives.at(-1).push(filterTerm(capture, word));
		}
	}
	if (alternatives.length > 1 && alternatives.some(a => !a.length))
		throw new Error('"or" wants something on both sides');
	return i => alternatives.some(all => all.every(term => term(i)));
}
