'use strict';
// SPDX-License-Identifier: MIT
/*
 * The time-sequence graph on a canvas: the same picture as plot.c's, for the
 * part of the time that is in sight. Times are those of the capture: ns since
 * its first packet. Lines and ordinary bars are thinned to half a pixel; every
 * retransmission, drop and zero window in sight is drawn, and once more in the
 * rug beneath, where none can lie on another kind.
 */

const INFINITE_SSTHRESH = 0x7fffffff;
const LEAST_RANGE = 1e3; // ns

/* One direction of a connection, as the C side's struct trace. */
class Trace {
	constructor(capture, conn, side) {
		this.segments = [];
		this.acks = [];
		this.states = [];
		this.flights = [];
		this.rtts = [];
		this.from = Infinity;
		this.to = 0;
		this.next = 0;
		this.acked = 0;
		for (const i of capture.packetsOf(conn))
			this.add(capture, i, side);
		if (this.from === Infinity)
			this.from = 0;
		this.to = Math.max(this.to, this.from + LEAST_RANGE);
	}

	add(c, i, side) {
		const time = Math.max(c.time[i], this.to);
		const ours = c.side[i] === side, state = c.state[i];

		if (c.meaning[i] & (MEANS_COPY | MEANS_CORRUPT))
			return;
		this.from = Math.min(this.from, time);
		this.to = time;
		if (ours && (c.span[i] > 0 || c.kind[i] === KIND_PROBE ||
			     c.flags[i] & RST))
			this.addSegment(c, i, time);
		else if (!ours && c.ack[i] >= 0)
			this.addAck(c, i, time);
		if (state && state[0] === side)
			this.states.push({ time, cwnd: state[1],
				ssthresh: state[2], flight: state[3],
				srtt: state[4] * 1e3, rto: state[5] * 1e3 });
		this.flights.push({ time, value:
			Math.max(0, this.next - this.acked) });
		if (!ours && c.rtt[i] >= 0)
			this.rtts.push({ time, value: c.rtt[i] });
	}

	addSegment(c, i, time) {
		const from = c.seq[i], to = from + c.span[i];

		this.next = Math.max(this.next, to);
		this.segments.push({ i, time, from, to, kind: c.kind[i] });
	}

	addAck(c, i, time) {
		this.acked = Math.max(this.acked, c.ack[i]);
		this.acks.push({ i, time, ack: c.ack[i], highest: this.acked,
			edge: c.window[i] < 0 || c.flags[i] & RST ? -1 :
				c.ack[i] + c.window[i],
			zero: (c.meaning[i] & MEANS_ZERO_WINDOW) !== 0 });
	}
}

/* The first place in `items`, sorted by time, that is not before `time`. */
function placeOf(items, time) {
	let low = 0, high = items.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (items[middle].time < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- shapes ---- */

const SHAPES = {
	fast: p => { p.moveTo(0, -6); p.lineTo(5.5, 4); p.lineTo(-5.5, 4); },
	timeout: p => p.rect(-4.5, -4.5, 9, 9),
	tlp: p => { p.moveTo(0, -6); p.lineTo(6, 0); p.lineTo(0, 6);
		p.lineTo(-6, 0); },
	needless: p => p.arc(0, 0, 4.5, 0, 7),
	late: p => { p.moveTo(0, 6); p.lineTo(5.5, -4); p.lineTo(-5.5, -4); },
	probe: p => p.arc(0, 0, 3, 0, 7),
};

function drawMark(g, colors, id, x, y, size) {
	g.save();
	g.translate(x, y);
	g.scale(size, size);
	g.beginPath();
	if (id === 'drop') {
		g.moveTo(-4, -4);
		g.lineTo(4, 4);
		g.moveTo(4, -4);
		g.lineTo(-4, 4);
		g.strokeStyle = colors.drop;
		g.lineWidth = 2;
		g.stroke();
	} else if (id === 'zero') {
		g.arc(0, 0, 5, 0, 7);
		g.moveTo(-5, 0);
		g.lineTo(5, 0);
		g.strokeStyle = colors.zero;
		g.fillStyle = colors.paper;
		g.lineWidth = 2;
		g.fill();
		g.stroke();
	} else {
		SHAPES[id](g);
		g.closePath();
		g.fillStyle = colors[id];
		g.strokeStyle = colors.paper;
		g.lineWidth = 1;
		g.fill();
		g.stroke();
	}
	g.restore();
}

/* The style sheet's colours; they change with the reader's light or dark. */
function readColors() {
	const style = getComputedStyle(document.documentElement);
	const colors = {};

	for (const name of ['paper', 'panel', 'line', 'grid', 'text', 'soft',
		'accent', 'data', 'fast', 'timeout', 'tlp', 'needless', 'late',
		'probe', 'drop', 'sack', 'ack', 'zero', 'flight'])
		colors[name] = style.getPropertyValue(`--${name}`).trim();
	return colors;
}

/* A canvas as large as its place, sharp on every screen. */
function sizeCanvas(canvas) {
	const ratio = window.devicePixelRatio || 1;
	const width = canvas.clientWidth, height = canvas.clientHeight;
	const g = canvas.getContext('2d');

	canvas.width = Math.round(width * ratio);
	canvas.height = Math.round(height * ratio);
	g.setTransform(ratio, 0, 0, ratio, 0, 0);
	return { g, width, height };
}

/* ---- the graph ---- */

class Plot {
	constructor(capture, canvas, tip, choose, moved) {
		this.capture = capture;
		this.canvas = canvas;
		this.tip = tip;
		this.choose = choose;
		this.moved = moved;
		this.trace = null;
		this.chosen = -1;
		this.waiting = false;
		canvas.addEventListener('wheel', e => this.wheel(e),
			{ passive: false });
		canvas.addEventListener('pointerdown', e => this.press(e));
		canvas.addEventListener('pointermove', e => this.hover(e));
		canvas.addEventListener('pointerleave',
			() => { tip.hidden = true; });
		canvas.addEventListener('dblclick', () => this.all());
		new ResizeObserver(() => this.later()).observe(canvas);
	}

	setConnection(conn, side) {
		this.trace = new Trace(this.capture, conn, side);
		this.all();
	}

	/* ---- which part is in sight ---- */

	all() {
		const rest = (this.trace.to - this.trace.from) * 0.01;

		this.setRange(this.trace.from - rest, this.trace.to + rest);
	}

	setRange(from, to) {
		const middle = (from + to) / 2;

		if (to - from < LEAST_RANGE) {
			from = middle - LEAST_RANGE / 2;
			to = middle + LEAST_RANGE / 2;
		}
		this.from = from;
		this.to = to;
		this.canvas.dataset.from = from;
		this.canvas.dataset.to = to;
		this.moved(from, to);
		this.later();
	}

	zoom(factor, around = (this.from + this.to) / 2) {
		const whole = (this.trace.to - this.trace.from) * 1.2;

		if ((this.to - this.from) * factor > whole)
			this.all();
		else
			this.setRange(around - (around - this.from) * factor,
				around + (this.to - around) * factor);
	}

	pan(part) {
		const by = (this.to - this.from) * part;

		this.setRange(this.from + by, this.to + by);
	}

	setChosen(i) {
		const time = i >= 0 ? this.capture.time[i] : 0;

		this.chosen = i;
		if (i >= 0 && (time < this.from || time > this.to)) {
			const half = (this.to - this.from) / 2;

			this.setRange(time - half, time + half);
		}
		this.later();
	}

	/* ---- drawing ---- */

	later() {
		if (this.waiting || !this.trace)
			return;
		this.waiting = true;
		requestAnimationFrame(() => {
			this.waiting = false;
			this.draw();
		});
	}

	draw() {
		const { g, width, height } = sizeCanvas(this.canvas);

		this.g = g;
		this.colors = readColors();
		g.fillStyle = this.colors.panel;
		g.fillRect(0, 0, width, height);
		if (width < 200 || height < 120)
			return;
		g.font = '11px system-ui, "DejaVu Sans", sans-serif';
		this.left = 70;
		this.right = width - 10;
		this.x = new Scale(this.from, this.to, this.left, this.right);
		const room = height - 8 - 34 - 24 - 24;
		const sequence = 8 + room * 0.6;
		const win = sequence + 28 + room * 0.22;

		this.drawSequence(8, sequence);
		this.drawRug(sequence + 3);
		this.drawWindow(sequence + 28, win);
		this.drawTimes(win + 16, height - 34);
		this.drawChosen(8, height - 34);
		this.describe();
	}

	px(time) {
		return this.x.pixel(time);
	}

	inSight(items) {
		/* One more at each end: lines come from and lead to there. */
		return items.slice(Math.max(0, placeOf(items, this.from) - 1),
			placeOf(items, this.to) + 1);
	}

	panel(top, bottom, y, unit, what, times) {
		const g = this.g;
		const ticks = y.logarithmic ? decadeTicks(y.from, y.to, unit) :
			linearTicks(y.from, y.to, unit, (bottom - top) / 30);
		const along = linearTicks(this.from, this.to, 'time',
			(this.right - this.left) / 90);

		this.y = y;
		g.strokeStyle = this.colors.grid;
		g.lineWidth = 1;
		g.beginPath();
		for (const v of ticks.at)
			this.rule(this.left, y.pixel(v), this.right, y.pixel(v));
		for (const v of along.at)
			this.rule(this.px(v), top, this.px(v), bottom);
		g.stroke();
		g.strokeStyle = this.colors.line;
		g.strokeRect(this.left, top, this.right - this.left,
			bottom - top);
		g.fillStyle = this.colors.text;
		g.textAlign = 'right';
		g.textBaseline = 'middle';
		for (const v of ticks.at)
			g.fillText(ticks.text(v), this.left - 6, y.pixel(v));
		g.textAlign = 'center';
		g.textBaseline = 'top';
		if (times) {
			for (const v of along.at)
				g.fillText(along.text(v), this.px(v), bottom + 5);
			g.fillStyle = this.colors.soft;
			g.fillText(`time in the capture (${along.name})`,
				(this.left + this.right) / 2, bottom + 19);
		}
		g.save();
		g.fillStyle = this.colors.soft;
		g.translate(4, (top + bottom) / 2);
		g.rotate(-Math.PI / 2);
		const full = ticks.name ? `${what} (${ticks.name})` : what;
		const room = bottom - top + 12;

		if (g.measureText(full).width < room)
			g.fillText(full, 0, 0);
		else if (g.measureText(what).width < room)
			g.fillText(what, 0, 0);
		g.restore();
		g.save();
		g.beginPath();
		g.rect(this.left, top, this.right - this.left, bottom - top);
		g.clip();
	}

	rule(x1, y1, x2, y2) {
		this.g.moveTo(x1, y1);
		this.g.lineTo(x2, y2);
	}

	/* A staircase through value(item), thinned; undefined: no change. */
	stairs(items, value, color, dash, ground) {
		const g = this.g;
		let column = NaN, last, least, most;
		const flush = () => {
			if (Number.isNaN(column))
				return;
			const x = column / 2;

			if (last === undefined)
				return;
			g.lineTo(x, this.level ?? last);
			g.lineTo(x, least);
			g.lineTo(x, most);
			g.lineTo(x, last);
			this.level = last;
		};

		this.level = undefined;
		g.beginPath();
		if (ground !== undefined && items.length)
			g.moveTo(this.px(items[0].time), ground);
		for (const item of items) {
			const v = value(item);

			if (v === undefined)
				continue;
			const y = this.y.pixel(v);
			const now = Math.round(this.px(item.time) * 2);

			if (now !== column) {
				flush();
				column = now;
				least = most = y;
			}
			least = Math.min(least, y);
			most = Math.max(most, y);
			last = y;
		}
		flush();
		if (this.level !== undefined) {
			const end = Math.min(this.px(this.trace.to), this.right);

			g.lineTo(end, this.level);
			if (ground !== undefined)
				g.lineTo(end, ground);
		}
		if (ground !== undefined) {
			g.globalAlpha = 0.45;
			g.fillStyle = color;
			g.fill();
			g.globalAlpha = 1;
			return;
		}
		g.strokeStyle = color;
		g.lineWidth = 1.5;
		g.setLineDash(dash || []);
		g.stroke();
		g.setLineDash([]);
	}

	bars(items, color) {
		const g = this.g;

		g.beginPath();
		for (const [time, from, to] of items) {
			const x = Math.round(this.px(time) * 2) / 2;
			const top = this.y.pixel(to), bottom = this.y.pixel(from);

			this.rule(x, Math.min(top, bottom - 1), x, bottom);
		}
		g.strokeStyle = color;
		g.lineWidth = 1.5;
		g.stroke();
	}

	/* The sequence numbers in sight; the window at most a quarter above. */
	sequenceScale(segments, acks, top, bottom) {
		let least = Infinity, most = -Infinity, edge = -Infinity;

		for (const s of segments) {
			least = Math.min(least, s.from);
			most = Math.max(most, s.to);
		}
		for (const a of acks) {
			least = Math.min(least, a.highest);
			most = Math.max(most, a.highest);
			edge = Math.max(edge, a.edge);
		}
		if (least > most)
			least = 0, most = 1;
		if (most - least < 10)
			most = least + 10;
		most = Math.max(most, Math.min(edge, most + (most - least) / 4));
		const rest = (most - least) * 0.03;

		return new Scale(least - rest, most + rest, bottom, top);
	}

	drawSequence(top, bottom) {
		const c = this.capture, colors = this.colors;
		const segments = this.inSight(this.trace.segments);
		const acks = this.inSight(this.trace.acks);
		const sacks = [];

		this.panel(top, bottom, this.sequenceScale(segments, acks, top,
			bottom), 'bytes', 'sequence number');
		this.sequenceY = this.y;
		this.drawEvents(segments, acks, top, bottom);
		this.stairs(acks, a => a.edge < 0 ? undefined : a.edge,
			colors.ack, [4, 3]);
		this.stairs(acks, a => a.highest, colors.ack);
		this.bars(segments.filter(s => s.kind === 0)
			.map(s => [s.time, s.from, s.to]), colors.data);
		for (const a of acks)
			for (let j = 0, s = c.sacks[a.i]; s && j < s.length; j += 2)
				sacks.push([a.time, s[j], s[j + 1]]);
		this.bars(sacks, colors.sack);
		for (let kind = 1; kind < KINDS.length; kind++)
			this.bars(segments.filter(s => s.kind === kind)
				.map(s => [s.time, s.from, s.to]),
			colors[KINDS[kind].id]);
		this.g.restore();
		this.drawMarks(segments, acks);
	}

	drawEvents(segments, acks, top, bottom) {
		const g = this.g, c = this.capture;

		g.strokeStyle = this.colors.soft;
		g.lineWidth = 1;
		g.setLineDash([2, 3]);
		g.beginPath();
		for (const { i, time } of [...segments, ...acks])
			if (c.flags[i] & (SYN | FIN | RST))
				this.rule(this.px(time), top, this.px(time), bottom);
		g.stroke();
		g.setLineDash([]);
	}

	drawMarks(segments, acks) {
		const g = this.g, c = this.capture;
		const marks = [];
		const add = (id, time, value) => {
			const x = this.px(time);

			if (x >= this.left && x <= this.right)
				marks.push([id, x, this.y.pixel(value)]);
		};

		for (const a of acks) {
			if (a.zero)
				add('zero', a.time, a.edge);
			if (c.dropped[a.i])
				add('drop', a.time, a.ack);
		}
		for (const s of segments) {
			if (s.kind)
				add(KINDS[s.kind].id, s.time, (s.from + s.to) / 2);
			if (c.dropped[s.i])
				add('drop', s.time, s.to);
		}
		const size = marks.length <= 60 ? 1 : marks.length <= 400 ? 0.7 : 0.5;

		for (const [id, x, y] of marks)
			drawMark(g, this.colors, id, x, y, size);
	}

	drawRug(top) {
		const g = this.g, rows = new Map();

		for (const s of this.inSight(this.trace.segments)) {
			if (s.kind)
				this.rugTick(rows, KINDS[s.kind].id, s.time);
			if (this.capture.dropped[s.i])
				this.rugTick(rows, 'drop', s.time);
		}
		for (const a of this.inSight(this.trace.acks))
			if (this.capture.dropped[a.i])
				this.rugTick(rows, 'drop', a.time);
		let y = top;

		for (const [id, ticks] of rows) {
			drawMark(g, this.colors, id, this.left - 8, y + 2, 0.45);
			g.beginPath();
			for (const x of ticks)
				this.rule(x, y, x, y + 4);
			g.strokeStyle = this.colors[id];
			g.lineWidth = 1.5;
			g.stroke();
			y += 5;
		}
	}

	rugTick(rows, id, time) {
		const x = Math.round(this.px(time) * 2) / 2;

		if (x < this.left || x > this.right)
			return;
		if (!rows.has(id))
			rows.set(id, new Set());
		rows.get(id).add(x);
	}

	drawWindow(top, bottom) {
		const states = this.inSight(this.trace.states);
		const known = this.trace.states.length > 0;
		const flights = known ? states : this.inSight(this.trace.flights);
		const flight = known ? s => s.flight : f => f.value;
		const finite = s => s.ssthresh < INFINITE_SSTHRESH && s.cwnd ?
			s.ssthresh : undefined;
		let most = 1;

		for (const item of flights)
			most = Math.max(most, flight(item), item.cwnd || 0);
		for (const s of states)
			most = Math.max(most, Math.min(finite(s) || 0, 2 * most));
		this.panel(top, bottom, new Scale(0, most * 1.15, bottom, top),
			'bytes', known ? 'window' : 'in flight');
		this.stairs(flights, flight, this.colors.flight, null,
			this.y.pixel(0));
		if (known) {
			this.stairs(states, finite, this.colors.fast, [6, 3]);
			this.stairs(states, s => s.cwnd || undefined,
				this.colors.data);
		}
		this.g.restore();
	}

	drawTimes(top, bottom) {
		const g = this.g;
		const states = this.inSight(this.trace.states);
		const rtts = this.inSight(this.trace.rtts);
		let least = Infinity, most = 0;

		for (const v of [...rtts.map(r => r.value),
			...states.flatMap(s => [s.srtt, s.rto])]) {
			most = Math.max(most, v);
			if (v > 0)
				least = Math.min(least, v);
		}
		most = Math.max(most, 1e3);
		least = Math.max(1e3, Math.min(least, most));
		const logarithmic = most / least > 5;

		this.panel(top, bottom, new Scale(logarithmic ? least * 0.7 : 0,
			most * (logarithmic ? 2 : 1.2), bottom, top, logarithmic),
		'time', 'round trip', true);
		g.beginPath();
		for (const r of rtts) {
			const x = this.px(r.time), y = this.y.pixel(r.value);

			g.moveTo(x + 1.4, y);
			g.arc(x, y, 1.4, 0, 7);
		}
		g.fillStyle = this.colors.data;
		g.globalAlpha = 0.6;
		g.fill();
		g.globalAlpha = 1;
		this.stairs(states, s => s.rto || undefined, this.colors.timeout,
			[6, 3]);
		this.stairs(states, s => s.srtt || undefined, this.colors.ack);
		g.restore();
	}

	drawChosen(top, bottom) {
		const g = this.g, x = this.chosen < 0 ? -1 :
			this.px(this.capture.time[this.chosen]);

		if (x < this.left || x > this.right)
			return;
		g.fillStyle = this.colors.accent;
		g.globalAlpha = 0.25;
		g.fillRect(x - 2, top, 4, bottom - top);
		g.globalAlpha = 1;
	}

	/* In words, for those who do not see it. */
	describe() {
		const counts = new Map();
		const say = name => counts.set(name, (counts.get(name) || 0) + 1);

		for (const s of this.trace.segments) {
			if (s.time < this.from || s.time > this.to)
				continue;
			say('segments');
			if (s.kind)
				say(KINDS[s.kind].name);
			if (this.capture.dropped[s.i])
				say('dropped');
		}
		this.canvas.setAttribute('aria-label',
			`from ${valueText('time', Math.max(0, this.from))} to ` +
			valueText('time', this.to) + ': ' +
			[...counts].map(([name, n]) => `${name} ${n}`).join(', '));
	}

	/* ---- the pointer ---- */

	/* The packet nearest to a place in the picture; -1. */
	nearest(x, y) {
		let best = -1, least = 12 ** 2;
		const from = this.x.value(x - 12), to = this.x.value(x + 12);
		const near = (i, time, value) => {
			const dx = this.px(time) - x;
			const dy = this.sequenceY.pixel(value) - y;

			if (dx * dx + dy * dy < least) {
				least = dx * dx + dy * dy;
				best = i;
			}
		};

		for (const name of ['acks', 'segments']) {
			const items = this.trace[name];

			for (let j = placeOf(items, from); j < items.length &&
			     items[j].time <= to; j++)
				near(items[j].i, items[j].time, name === 'acks' ?
					items[j].ack :
					(items[j].from + items[j].to) / 2);
		}
		return best;
	}

	wheel(event) {
		event.preventDefault();
		if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
			this.pan(event.deltaX / 800);
		else
			this.zoom(Math.exp(event.deltaY / 400),
				this.x.value(event.offsetX));
	}

	press(event) {
		const start = { x: event.offsetX, from: this.from, to: this.to };
		let moved = false;
		const move = e => {
			const by = this.x.value(start.x) - this.x.value(e.offsetX);

			moved ||= Math.abs(e.offsetX - start.x) > 3;
			if (moved && !event.shiftKey)
				this.setRange(start.from + by, start.to + by);
		};
		const end = e => {
			this.canvas.removeEventListener('pointermove', move);
			if (!moved)
				this.pick(e);
			else if (event.shiftKey)
				this.setRange(...[start.x, e.offsetX]
					.map(x => this.x.value(x))
					.sort((a, b) => a - b));
		};

		if (event.button !== 0)
			return;
		this.canvas.setPointerCapture(event.pointerId);
		this.canvas.addEventListener('pointermove', move);
		this.canvas.addEventListener('pointerup', end, { once: true });
	}

	pick(event) {
		const i = this.nearest(event.offsetX, event.offsetY);

		if (i >= 0)
			this.choose(i);
	}

	hover(event) {
		const i = event.buttons ? -1 :
			this.nearest(event.offsetX, event.offsetY);

		this.tip.hidden = i < 0;
		if (i < 0)
			return;
		const c = this.capture;

		this.tip.textContent = `packet ${c.number[i]}, ` +
			`${(c.time[i] / 1e9).toFixed(6)} s: ` +
			`${c.kind[i] ? KINDS[c.kind[i]].name + ', ' : ''}` +
			`seq ${c.seq[i]}, ${c.payload[i]} bytes, ack ${c.ack[i]}`;
		const x = Math.min(event.offsetX + 14,
			this.canvas.clientWidth - this.tip.offsetWidth - 4);

		this.tip.style.left = `${Math.max(4, x)}px`;
		this.tip.style.top =
			`${this.canvas.offsetTop + event.offsetY + 16}px`;
	}
}
