'use strict';
// SPDX-License-Identifier: MIT
/*
 * Puts the parts together: which connection and which packet are chosen, the
 * filter, the keys. Texts from the capture become text nodes and nothing else.
 */

function plural(n, what) {
	return `${n} ${what}${n === 1 ? '' : 's'}`;
}

class Page {
	constructor() {
		const $ = id => document.getElementById(id);

		this.capture = new Capture();
		this.conn = -1;
		this.side = 0;
		this.packet = -1;
		this.order = this.capture.connections.map((_, i) => i);
		this.matches = [];
		this.story = $('story');
		this.filter = $('filter');
		this.only = $('only');
		this.overview = new Overview(this.capture, $('overview'),
			(from, to) => this.plot.setRange(from, to));
		this.plot = new Plot(this.capture, $('plot'), $('tip'),
			i => this.choosePacket(i, true),
			(from, to) => this.overview.setFrame(from, to));
		this.makeConnections($('connection-list'));
		this.makePackets($('packet-list'));
		this.sayHead();
		this.listen($);
		this.applyFilter();
		this.chooseBusiest();
	}

	sayHead() {
		const about = this.capture.about;
		const left = about.leftOut ?
			`; the page holds the first ${this.capture.count}` : '';
		const filter = about.filter ? `; filter: ${about.filter}` : '';
		const start = new Date(Number(BigInt(about.start) / 1000000n));

		document.getElementById('file').textContent = about.file;
		document.getElementById('sums').textContent =
			`${plural(about.total, 'packet')}, ` +
			plural(this.capture.connections.length,
				'TCP connection') +
			`, ${about.dropped} dropped; ` +
			`${valueText('time', about.length)} from ` +
			`${start.toISOString().replace('T', ' ').slice(0, 19)} UTC` +
			filter + left;
	}

	/* ---- connections ---- */

	makeConnections(place) {
		const sort = i => this.sortConnections(i);
		const column = (name, width, number) =>
			({ name, width, number, sort });

		this.values = [
			c => c.number, c => c.sides[0].name, c => c.sides[1].name,
			c => countAgain(c), c => c.sides[0].bytes,
			c => c.sides[1].bytes, c => c.duration,
			c => c.sides[mainSide(c)].rtt[1], c => c.dropped,
			c => c.end, c => c.start,
		];
		this.connections = new List(place, 'Connections', [
			column('#', '3.5ch', true),
			column('opened by', 'minmax(17ch, 1fr)'),
			column('to', 'minmax(14ch, 1fr)'),
			column('again', '6ch', true),
			column('sent', '7.5ch', true),
			column('received', '8ch', true),
			column('length', '7.5ch', true),
			column('RTT', '7.5ch', true),
			column('dropped', '7ch', true),
			column('end', '6ch'),
			column('start', '7.5ch', true),
		], i => this.connectionRow(i),
		i => this.chooseConnection(this.order[i]));
		this.connections.setCount(this.order.length);
		this.sorted = { place: 0, down: false };
		this.connections.showSort(0, false);
	}

	connectionRow(i) {
		const c = this.capture.connections[this.order[i]];
		const rtt = c.sides[mainSide(c)].rtt[1];

		return {
			kind: c.end === 'reset' ? 'reset' :
				countAgain(c) ? 'again' : '',
			cells: [
				c.number, c.sides[0].name, c.sides[1].name,
				countAgain(c),
				valueText('bytes', c.sides[0].bytes),
				valueText('bytes', c.sides[1].bytes),
				valueText('time', c.duration),
				rtt ? valueText('time', rtt) : '\u2013',
				c.dropped, c.end, valueText('time', c.start),
			],
		};
	}

	/* Pressing a heading once more turns the order round. */
	sortConnections(place) {
		const value = this.values[place];
		const list = this.capture.connections;
		const down = this.sorted.place === place ? !this.sorted.down :
			place > 2;
		const sign = down ? -1 : 1;

		this.sorted = { place, down };
		this.order.sort((a, b) => {
			const x = value(list[a]), y = value(list[b]);

			return x < y ? -sign : x > y ? sign : a - b;
		});
		this.connections.showSort(place, down);
		this.connections.chosen = this.order.indexOf(this.conn);
		this.connections.redraw();
	}

	chooseBusiest() {
		const list = this.capture.connections;
		let best = -1, most = -1;

		list.forEach((c, i) => {
			const bytes = c.sides[0].bytes + c.sides[1].bytes;

			if (bytes > most) {
				most = bytes;
				best = i;
			}
		});
		if (best >= 0)
			this.connections.set(this.order.indexOf(best));
		else
			document.getElementById('plot-title').textContent =
				'no TCP connection';
	}

	chooseConnection(conn) {
		if (conn === this.conn)
			return;
		this.conn = conn;
		this.side = mainSide(this.capture.connections[conn]);
		this.showPlot();
		if (this.only.checked)
			this.applyFilter();
	}

	showPlot() {
		const c = this.capture.connections[this.conn];
		const [from, to] = [c.sides[this.side], c.sides[1 - this.side]];

		document.getElementById('plot-title').textContent =
			`${from.name} \u2192 ${to.name}: ` +
			`${valueText('bytes', from.stream)} in ` +
			valueText('time', c.duration);
		this.plot.setConnection(this.conn, this.side);
		this.showLegend(from);
	}

	showLegend(side) {
		const legend = document.getElementById('legend');
		const colors = readColors();
		const entry = (text, draw) => {
			const item = make('li'), canvas = make('canvas');

			canvas.setAttribute('aria-hidden', 'true');
			item.append(canvas, text);
			legend.append(item);
			const { g } = sizeCanvas(canvas);

			draw(g);
		};
		const line = (color, dash, upright) => g => {
			g.strokeStyle = colors[color];
			g.lineWidth = 1.5;
			g.setLineDash(dash);
			g.beginPath();
			g.moveTo(upright ? 7 : 0, upright ? 0 : 6);
			g.lineTo(upright ? 7 : 14, upright ? 12 : 6);
			g.stroke();
		};

		legend.replaceChildren();
		entry('data', line('data', [], true));
		entry('SACK', line('sack', [], true));
		entry('acknowledged', line('ack', []));
		entry('window\u2019s end', line('ack', [4, 3]));
		entry('cwnd', line('data', []));
		entry('ssthresh', line('fast', [6, 3]));
		entry('srtt', line('ack', []));
		entry('rto', line('timeout', [6, 3]));
		KINDS.forEach(({ id, name }, kind) => {
			if (kind && side.kinds[kind])
				entry(`${name} (${side.kinds[kind]})`,
					g => drawMark(g, colors, id, 7, 6, 0.9));
		});
	}

	/* ---- packets ---- */

	makePackets(place) {
		this.packets = new List(place, 'Packets', [
			{ name: 'no.', width: '7ch', number: true },
			{ name: 'time (s)', width: '12ch', number: true },
			{ name: '', width: '3ch' },
			{ name: 'conn', width: '5ch', number: true },
			{ name: 'length', width: '6ch', number: true },
			{ name: 'packet', width: 'minmax(30ch, 3fr)' },
			{ name: 'what became of it', width: 'minmax(12ch, 1fr)' },
		], i => this.packetRow(this.matches[i]),
		i => this.choosePacket(this.matches[i]));
	}

	packetRow(i) {
		const c = this.capture;

		return {
			kind: c.dropped[i] ? 'dropped' : c.kind[i] ? 'again' :
				c.flags[i] & RST ? 'reset' : '',
			cells: [
				c.number[i], (c.time[i] / 1e9).toFixed(6),
				['', 'in', 'out', ''][c.direction[i]],
				c.conn[i] < 0 ? '' : c.conn[i], c.length[i],
				this.shortLine(i), this.shortNote(i),
			],
		};
	}

	/* Without the addresses: the connection's number stands beside it. */
	shortLine(i) {
		const c = this.capture, line = c.line(i);

		if (c.conn[i] < 0)
			return line;
		return (c.side[i] ? '\u2190 ' : '\u2192 ') +
			line.replace(/^.*? > [^ ]*: /, '');
	}

	shortNote(i) {
		return this.capture.note(i)
			.replace(/, (socket|pid) \d+/g, '').replace('why: ', '')
			.replace(/^\[|\]$/g, '');
	}

	/* `elsewhere`: not chosen in the list, which must be brought along. */
	choosePacket(i, elsewhere) {
		const c = this.capture;

		this.packet = i;
		if (elsewhere) {
			const row = this.rowOf(i);

			if (row >= 0)
				this.packets.set(row, true);
		}
		if (c.conn[i] >= 0 && c.conn[i] !== this.conn)
			this.connections.set(this.order.indexOf(c.conn[i]));
		if (this.conn >= 0)
			this.plot.setChosen(c.conn[i] === this.conn ? i : -1);
		this.tellStory(i);
	}

	/* The row of a packet among those that match; -1. */
	rowOf(i) {
		let low = 0, high = this.matches.length;

		while (low < high) {
			const middle = (low + high) >> 1;

			if (this.matches[middle] < i)
				low = middle + 1;
			else
				high = middle;
		}
		return this.matches[low] === i ? low : -1;
	}

	tellStory(i) {
		const c = this.capture;
		const kind = c.kind[i] ? `: ${KINDS[c.kind[i]].name}` : '';

		this.story.replaceChildren(
			make('h2', '', `Packet ${c.number[i]}${kind}`),
			...[...c.story(i), ...this.answerLine(i)]
				.map(text => this.storyLine(text)));
		this.story.scrollTop = 0;
	}

	/* What is indented belongs to the line above it. A packet that is named
	 * can be pressed. */
	storyLine(text) {
		const words = text.trimStart();
		const line = make('p', words === text ? '' : 'step');

		if (/^IP6? /.test(words))
			line.classList.add('line');
		for (const part of words.split(/([Pp]acket \d+)/)) {
			const to = /^[Pp]acket \d+$/.test(part) ?
				this.capture.indexOf(Number(part.slice(7))) : -1;

			line.append(to < 0 || to === this.packet ? part :
				this.packetLink(part, to));
		}
		return line;
	}

	packetLink(text, i) {
		const button = make('button', 'link', text);

		button.type = 'button';
		button.addEventListener('click', () => this.choosePacket(i, true));
		return button;
	}

	/* What --explain says last: story_answer.c, for TCP's data. */
	answerLine(i) {
		const c = this.capture, answer = c.answerTo(i);

		if (answer === undefined)
			return [];
		if (answer < 0)
			return ['No answer to it was captured.'];
		const ms = (c.time[answer] - c.time[i]) / 1e6;
		const how = c.flags[answer] & RST ? ', with a reset.' :
			': it acknowledges all of it.';

		return [`Packet ${c.number[answer]} answers it, ` +
			`${(Math.floor(ms * 1e3) / 1e3).toFixed(3)} ms later${how}`];
	}

	applyFilter() {
		const c = this.capture;
		let test;

		try {
			test = parseFilter(c, this.filter.value);
		} catch (error) {
			this.filter.setAttribute('aria-invalid', 'true');
			document.getElementById('found').textContent = error.message;
			return;
		}
		this.filter.removeAttribute('aria-invalid');
		const only = this.only.checked ? this.conn : -1;

		this.matches = [];
		for (let i = 0; i < c.count; i++)
			if ((only < 0 || c.conn[i] === only) && test(i))
				this.matches.push(i);
		this.packets.chosen = this.rowOf(this.packet);
		this.packets.setCount(this.matches.length);
		if (this.packets.chosen >= 0)
			this.packets.show(this.packets.chosen);
		document.getElementById('found').textContent =
			`${this.matches.length} of ${c.count} packets`;
	}

	/* ---- keys and buttons ---- */

	listen($) {
		let waiting = 0;
		const help = $('help');

		this.filter.addEventListener('input', () => {
			clearTimeout(waiting);
			waiting = setTimeout(() => this.applyFilter(), 150);
		});
		$('search').addEventListener('submit', event => {
			event.preventDefault();
			clearTimeout(waiting);
			this.applyFilter();
		});
		this.only.addEventListener('change', () => this.applyFilter());
		$('help-button').addEventListener('click', () => help.showModal());
		$('other').addEventListener('click', () => this.press('r'));
		$('zoom-in').addEventListener('click', () => this.press('+'));
		$('zoom-out').addEventListener('click', () => this.press('-'));
		$('zoom-all').addEventListener('click', () => this.press('0'));
		document.addEventListener('keydown', event => this.key(event));
		matchMedia('(prefers-color-scheme: dark)').addEventListener(
			'change', () => {
				this.overview.draw();
				this.plot.later();
				if (this.conn >= 0)
					this.showLegend(this.capture
						.connections[this.conn].sides[this.side]);
			});
	}

	key(event) {
		if (event.ctrlKey || event.altKey || event.metaKey ||
		    document.getElementById('help').open)
			return;
		if (event.target === this.filter) {
			if (event.key === 'Escape')
				this.packets.body.focus();
			return;
		}
		if (this.press(event.key))
			event.preventDefault();
	}

	/* What a key does; true when it does something. */
	press(key) {
		const keys = {
			'/': () => this.filter.focus(),
			'?': () => document.getElementById('help').showModal(),
			j: () => this.packets.set(this.packets.chosen + 1),
			k: () => this.packets.set(this.packets.chosen - 1),
			ArrowDown: () => this.packets.set(this.packets.chosen + 1),
			ArrowUp: () => this.packets.set(this.packets.chosen - 1),
			n: () => this.nextTrouble(1),
			p: () => this.nextTrouble(-1),
			']': () => this.connections.set(this.connections.chosen + 1),
			'[': () => this.connections.set(this.connections.chosen - 1),
			c: () => { this.only.click(); },
		};
		const graph = {
			'+': () => this.plot.zoom(0.5),
			'=': () => this.plot.zoom(0.5),
			'-': () => this.plot.zoom(2),
			0: () => this.plot.all(),
			ArrowLeft: () => this.plot.pan(-0.2),
			ArrowRight: () => this.plot.pan(0.2),
			r: () => { this.side = 1 - this.side; this.showPlot(); },
			z: () => this.zoomToPacket(),
		};
		const action = Object.hasOwn(keys, key) ? keys[key] :
			this.conn >= 0 && Object.hasOwn(graph, key) ? graph[key] :
				null;

		action?.();
		return action !== null;
	}

	nextTrouble(step) {
		let row = this.packets.chosen + step;

		while (row >= 0 && row < this.matches.length) {
			if (this.capture.isTrouble(this.matches[row])) {
				this.packets.set(row);
				return;
			}
			row += step;
		}
	}

	zoomToPacket() {
		const i = this.packet;

		if (i < 0 || this.capture.conn[i] !== this.conn)
			return;
		const half = (this.plot.trace.to - this.plot.trace.from) / 50;

		this.plot.setRange(this.capture.time[i] - half,
			this.capture.time[i] + half);
	}
}

window.page = new Page();
