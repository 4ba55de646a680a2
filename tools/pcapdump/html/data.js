'use strict';
// SPDX-License-Identifier: MIT
/*
 * The capture, from the page's JSON blocks into columns: typed arrays, one
 * value a packet, which stay small and quick for 200,000 packets. The places
 * in a row are those of mode_html.c's write_row(). Texts stay coded (texts.c)
 * until someone looks at them.
 */

const FIN = 1, SYN = 2, RST = 4, ACK = 16;

/* enum segment_kind: ids are also the names of colours and of filters. */
const KINDS = [
	{ id: 'data', name: 'data' },
	{ id: 'fast', name: 'fast retransmit' },
	{ id: 'timeout', name: 'retransmission timeout' },
	{ id: 'tlp', name: 'tail loss probe' },
	{ id: 'needless', name: 'sent again needlessly' },
	{ id: 'late', name: 'lost before the capture' },
	{ id: 'probe', name: 'window probe or keepalive' },
];
const KIND_PROBE = 6;

/* enum conn_meaning, those that the page asks for. */
const MEANS_AGAIN = 1 << 1;
const MEANS_DUPLICATE_ACK = 1 << 4, MEANS_ZERO_WINDOW = 1 << 6;
const MEANS_COPY = 1 << 12, MEANS_CORRUPT = 1 << 13;

/* A JSON block of the page, which is then let go. */
function takeBlock(id) {
	const element = document.getElementById(`data-${id}`);
	const value = JSON.parse(element.textContent);

	element.remove();
	return value;
}

class Capture {
	constructor() {
		const rows = takeBlock('packets');

		this.templates = takeBlock('texts').map(t => t.split('\u0001'));
		this.about = takeBlock('capture');
		this.connections = this.about.connections;
		this.count = rows.length;
		this.makeColumns(rows.length);
		for (let i = 0, time = 0; i < rows.length; i++) {
			time += rows[i][1];
			this.time[i] = time;
			this.take(i, rows[i]);
			rows[i] = null;
		}
		this.members = null;
	}

	makeColumns(n) {
		this.number = new Float64Array(n);
		this.time = new Float64Array(n); // ns since the file's first
		this.direction = new Uint8Array(n);
		this.length = new Uint32Array(n);
		this.dropped = new Uint8Array(n);
		this.conn = new Int32Array(n).fill(-1);
		this.side = new Uint8Array(n);
		this.flags = new Uint8Array(n);
		this.seq = new Float64Array(n);
		this.span = new Float64Array(n); // of sequence space
		this.payload = new Uint32Array(n);
		this.ack = new Float64Array(n).fill(-1);
		this.window = new Float64Array(n).fill(-1);
		this.meaning = new Uint32Array(n);
		this.kind = new Uint8Array(n);
		this.rtt = new Float64Array(n).fill(-1);
		this.sacks = new Array(n);
		this.state = new Array(n);
		this.texts = new Array(n); // line, note, story
	}

	take(i, row) {
		this.number[i] = row[0];
		this.direction[i] = row[2];
		this.length[i] = row[3];
		this.dropped[i] = row[4];
		this.sacks[i] = row[5].length ? row[5] : null;
		this.state[i] = row[6].length ? row[6] : null;
		this.texts[i] = [row[7], row[8], row[9]];
		this.conn[i] = row[10];
		if (row[10] < 0)
			return;
		this.side[i] = row[11];
		this.flags[i] = row[12];
		this.seq[i] = row[13];
		this.span[i] = row[14];
		this.payload[i] = row[15];
		this.ack[i] = row[16];
		this.window[i] = row[17];
		this.meaning[i] = row[18];
		this.kind[i] = row[19];
		this.rtt[i] = row[20];
	}

	/* Coded lines as an array of strings. */
	decode(coded) {
		const lines = [];

		for (let at = 0; at < coded.length;) {
			const template = this.templates[coded[at++]];
			let line = template[0];

			for (let j = 1; j < template.length; j++)
				line += coded[at++] + template[j];
			lines.push(line);
		}
		return lines;
	}

	line(i) {
		return this.decode(this.texts[i][0]).join(' ');
	}

	note(i) {
		return this.decode(this.texts[i][1]).join(' ');
	}

	story(i) {
		return this.decode(this.texts[i][2]);
	}

	/* Sent again, for whatever reason. A probe of new data is not. */
	isAgain(i) {
		return (this.meaning[i] & MEANS_AGAIN) !== 0;
	}

	isTrouble(i) {
		return (this.kind[i] > 0 && this.kind[i] < KIND_PROBE) ||
			this.dropped[i] !== 0 || (this.flags[i] & RST) !== 0;
	}

	/* The place of a packet by its number in the file; -1. */
	indexOf(number) {
		let low = 0, high = this.count;

		while (low < high) {
			const middle = (low + high) >> 1;

			if (this.number[middle] < number)
				low = middle + 1;
			else
				high = middle;
		}
		return this.number[low] === number ? low : -1;
	}

	/* The packet that acknowledges all of this one, or resets it; -1: none
	 * was captured; undefined: it wants none. */
	answerTo(i) {
		const end = this.seq[i] + this.span[i];

		if (this.conn[i] < 0 || !this.span[i] || this.flags[i] & RST ||
		    this.dropped[i] || this.kind[i] === KIND_PROBE)
			return undefined;
		return this.packetsOf(this.conn[i]).find(j => j > i &&
			this.side[j] !== this.side[i] &&
			!(this.meaning[j] & MEANS_CORRUPT) &&
			(this.flags[j] & RST || this.ack[j] >= end)) ?? -1;
	}

	/* The packets of a connection, as an array of indices. */
	packetsOf(conn) {
		if (!this.members) {
			this.members = this.connections.map(() => []);
			for (let i = 0; i < this.count; i++)
				if (this.conn[i] >= 0)
					this.members[this.conn[i]].push(i);
		}
		return this.members[conn] || [];
	}
}

/* Retransmissions of a connection in both directions. */
function countAgain(connection) {
	return connection.sides[0].again + connection.sides[1].again;
}

/* The side that sends more. */
function mainSide(connection) {
	return connection.sides[1].bytes > connection.sides[0].bytes ? 1 : 0;
}
