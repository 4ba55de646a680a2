'use strict';
// SPDX-License-Identifier: MIT
/*
 * The whole capture as a strip: bytes over time, with a tick for each packet
 * that was sent again or dropped, and a frame around what the graph shows.
 * Dragging over it shows that part in the graph.
 */

class Overview {
	constructor(capture, canvas, choose) {
		this.capture = capture;
		this.canvas = canvas;
		this.choose = choose;
		this.length = Math.max(capture.about.length, 1);
		this.frame = [0, this.length];
		canvas.addEventListener('pointerdown', e => this.press(e));
		new ResizeObserver(() => this.draw()).observe(canvas);
	}

	setFrame(from, to) {
		this.frame = [from, to];
		this.draw();
	}

	/* Bytes for each column of two pixels. */
	sums(columns) {
		const c = this.capture, sums = new Float64Array(columns);

		for (let i = 0; i < c.count; i++)
			sums[this.column(c.time[i], columns)] += c.length[i];
		return sums;
	}

	column(time, columns) {
		return Math.max(0, Math.min(columns - 1,
			Math.floor(time / this.length * columns)));
	}

	draw() {
		const { g, width, height } = sizeCanvas(this.canvas);
		const colors = readColors(), c = this.capture;
		const columns = Math.floor(width / 2);

		if (columns < 1)
			return;
		const sums = this.sums(columns);
		const most = Math.max(1, sums.reduce((a, b) => Math.max(a, b), 0));
		const ground = height - 9;

		g.fillStyle = colors.flight;
		sums.forEach((v, x) => {
			const bar = v / most * (ground - 4);

			g.fillRect(x * 2, ground - bar, 2, bar);
		});
		for (let i = 0; i < c.count; i++) {
			if (!c.isTrouble(i))
				continue;
			g.fillStyle = c.kind[i] ? colors[KINDS[c.kind[i]].id] :
				colors.drop;
			g.fillRect(this.column(c.time[i], columns) * 2,
				ground + 2, 2, 6);
		}
		const [from, to] = this.frame.map(t => t / this.length * width);

		g.strokeStyle = colors.accent;
		g.lineWidth = 2;
		g.strokeRect(Math.max(1, from), 1, Math.max(3,
			Math.min(to, width - 1) - Math.max(1, from)), height - 2);
		g.fillStyle = colors.soft;
		g.font = '11px system-ui, "DejaVu Sans", sans-serif';
		g.textBaseline = 'top';
		g.fillText(`${valueText('time', this.length)}, at most ` +
			`${valueText('bytes', most / this.length * columns * 1e9)}/s`,
		6, 4);
	}

	press(event) {
		const at = e => Math.max(0, Math.min(1,
			e.offsetX / this.canvas.clientWidth)) * this.length;
		const start = at(event);
		const move = e => this.setFrame(...[start, at(e)]
			.sort((a, b) => a - b));
		const end = e => {
			const range = [start, at(e)].sort((a, b) => a - b);
			const [from, to] = this.frame;

			this.canvas.removeEventListener('pointermove', move);
			/* A click moves the frame there, as wide as it was. */
			if (range[1] - range[0] < this.length / 200) {
				const half = Math.max((to - from) / 2,
					this.length / 100);

				this.choose(start - half, start + half);
			} else {
				this.choose(...range);
			}
		};

		if (event.button !== 0)
			return;
		this.canvas.setPointerCapture(event.pointerId);
		this.canvas.addEventListener('pointermove', move);
		this.canvas.addEventListener('pointerup', end, { once: true });
	}
}
