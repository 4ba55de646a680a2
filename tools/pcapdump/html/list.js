'use strict';
// SPDX-License-Identifier: MIT
/*
 * A table of any length of which only the rows in sight exist. One row is the
 * chosen one; the arrow keys move it. For screen readers it is a grid that says
 * how many rows there are and which of them is active.
 *
 * columns: [{ name, width, number, sort }]; `sort` is called with the column's
 * place when its heading is pressed. fill(index) gives the row's { cells, kind }:
 * texts, and a class for its colour. choose(index) hears of each choice.
 */

const ROW_HEIGHT = 20;

function make(tag, className, text) {
	const element = document.createElement(tag);

	if (className)
		element.className = className;
	if (text !== undefined)
		element.textContent = text;
	return element;
}

class List {
	constructor(place, label, columns, fill, choose) {
		this.columns = columns;
		this.fill = fill;
		this.choose = choose;
		this.count = 0;
		this.chosen = -1;
		this.rows = new Map(); // index: element
		place.style.setProperty('--columns',
			columns.map(c => c.width).join(' '));
		this.grid = place;
		place.setAttribute('role', 'grid');
		place.setAttribute('aria-label', label);
		this.makeHead();
		this.body = make('div', 'body');
		this.body.tabIndex = 0;
		this.body.setAttribute('role', 'rowgroup');
		this.space = make('div');
		this.space.className = 'space';
		this.body.append(this.head, this.space);
		place.append(this.body);
		this.body.addEventListener('scroll', () => this.draw());
		this.body.addEventListener('keydown', e => this.key(e));
		new ResizeObserver(() => this.draw()).observe(this.body);
	}

	makeHead() {
		this.head = make('div', 'head');
		this.head.setAttribute('role', 'row');
		this.columns.forEach((column, place) => {
			const cell = make('div', column.number ? 'number' : '');

			cell.setAttribute('role', 'columnheader');
			if (column.sort) {
				const button = make('button', '', column.name);

				button.type = 'button';
				button.addEventListener('click',
					() => column.sort(place));
				cell.append(button);
			} else {
				cell.textContent = column.name;
			}
			this.head.append(cell);
		});
	}

	/* Marks the column that the rows are sorted by. */
	showSort(place, down) {
		[...this.head.children].forEach((cell, i) => {
			if (i === place)
				cell.setAttribute('aria-sort',
					down ? 'descending' : 'ascending');
			else
				cell.removeAttribute('aria-sort');
		});
	}

	setCount(count) {
		this.count = count;
		this.space.style.height = `${count * ROW_HEIGHT}px`;
		this.grid.setAttribute('aria-rowcount', count + 1);
		this.redraw();
	}

	redraw() {
		for (const row of this.rows.values())
			row.remove();
		this.rows.clear();
		this.draw();
	}

	/* Of the part where rows are seen, beneath the head. */
	height() {
		return this.body.clientHeight - this.head.offsetHeight;
	}

	draw() {
		const first = Math.floor(this.body.scrollTop / ROW_HEIGHT);
		const seen = Math.ceil(this.height() / ROW_HEIGHT) + 1;
		const last = Math.min(first + seen, this.count);

		for (const [index, row] of this.rows) {
			if (index >= first && index < last)
				continue;
			row.remove();
			this.rows.delete(index);
		}
		for (let index = first; index < last; index++)
			if (!this.rows.has(index))
				this.addRow(index);
	}

	addRow(index) {
		const row = make('div', 'row');
		const { cells, kind } = this.fill(index);

		row.id = `${this.grid.id}-${index}`;
		row.setAttribute('role', 'row');
		row.setAttribute('aria-rowindex', index + 2);
		row.setAttribute('aria-selected', index === this.chosen);
		if (kind)
			row.classList.add(kind);
		row.style.top = `${index * ROW_HEIGHT}px`;
		cells.forEach((text, i) => {
			const cell = make('span',
				this.columns[i].number ? 'number' : '', text);

			cell.setAttribute('role', 'gridcell');
			row.append(cell);
		});
		row.addEventListener('click', () => this.set(index));
		this.rows.set(index, row);
		this.space.append(row);
	}

	/* Chooses a row, brings it into sight and tells who asked for it. */
	set(index, quietly) {
		if (index < 0 || index >= this.count)
			return;
		this.rows.get(this.chosen)?.setAttribute('aria-selected', false);
		this.chosen = index;
		this.show(index);
		this.rows.get(index)?.setAttribute('aria-selected', true);
		this.body.setAttribute('aria-activedescendant',
			`${this.grid.id}-${index}`);
		if (!quietly)
			this.choose(index);
	}

	show(index) {
		const top = index * ROW_HEIGHT, height = this.height();

		if (top < this.body.scrollTop)
			this.body.scrollTop = top;
		else if (top + ROW_HEIGHT > this.body.scrollTop + height)
			this.body.scrollTop = top + ROW_HEIGHT - height;
		this.draw();
	}

	key(event) {
		const page = Math.max(1,
			Math.floor(this.height() / ROW_HEIGHT) - 1);
		const to = {
			ArrowDown: this.chosen + 1,
			ArrowUp: this.chosen - 1,
			PageDown: this.chosen + page,
			PageUp: this.chosen - page,
			Home: 0,
			End: this.count - 1,
		}[event.key];

		if (to === undefined || event.ctrlKey || event.altKey ||
		    event.metaKey)
			return;
		event.preventDefault();
		event.stopPropagation();
		this.set(Math.max(0, Math.min(this.count - 1, to)));
	}
}
