// SPDX-License-Identifier: GPL-2.0-or-later
// Sorting and filtering on the page of a fleet. The page says everything without it.
"use strict";
(() => {
	const rank = { f: 4, o: 3, w: 2, p: 1 };

	// What a cell is sorted by: data-s, the state and the number of an area, else its text without what shows by hover.
	function key(cell) {
		if (!cell)
			return "";
		if (cell.dataset.s !== undefined)
			return Number(cell.dataset.s);
		const text = (cell.firstElementChild && cell.matches(".h, .r") ? cell.firstElementChild : cell).textContent;
		if (cell.matches(".c"))
			return (rank[cell.className.split(" ")[1]] || 0) * 1e6 + (parseInt(cell.firstChild ? cell.firstChild.data.replace(/\D+/g, "") : "0") || 0);
		return text.trim() !== "" && !isNaN(text) ? Number(text) : text;
	}

	function compare(a, b) {
		if (typeof a === "number" && typeof b === "number")
			return a - b;
		return String(a).localeCompare(String(b), "en", { numeric: true });
	}

	function sort(head) {
		const table = head.closest("table"), at = head.cellIndex;
		const numbers = head.matches(".c, .n") || head.textContent === "Level";
		const down = head.ariaSort ? head.ariaSort === "ascending" : numbers;
		const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[at]), row]);
		rows.sort((x, y) => (down ? compare(y[0], x[0]) : compare(x[0], y[0])));
		for (const other of head.parentNode.cells)
			other.ariaSort = null;
		head.ariaSort = down ? "descending" : "ascending";
		table.tBodies[0].append(...rows.map((pair) => pair[1]));
	}

	function make(tag, properties) {
		return Object.assign(document.createElement(tag), properties);
	}

	document.documentElement.classList.add("js");
	for (const head of document.querySelectorAll("table.sort th")) {
		head.tabIndex = 0;
		head.addEventListener("click", () => sort(head));
		head.addEventListener("keydown", (event) => event.key === "Enter" && sort(head));
	}

	const table = document.querySelector("table.hosts");
	if (!table)
		return;
	const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
	const box = make("div", { className: "filter" });
	const words = make("input", { type: "search", placeholder: "host, product, NIC, label...", ariaLabel: "filter hosts" });
	const verdict = make("select", { ariaLabel: "verdict" });
	const cause = make("select", { ariaLabel: "cause" });
	const all = make("button", { type: "button", textContent: "all" });
	const shown = make("span", { className: "soft" });

	verdict.append(new Option("any verdict", ""));
	for (const tile of document.querySelectorAll("[data-verdict]"))
		verdict.append(new Option(tile.lastChild.data.trim(), tile.dataset.verdict));
	cause.append(new Option("any finding", ""));
	for (const link of document.querySelectorAll("[data-cause]"))
		cause.append(new Option(link.closest("tr").querySelector("code").textContent, link.dataset.cause));

	function filter() {
		const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
		let n = 0;
		for (const [row, text] of rows) {
			const fits = wanted.every((word) => text.includes(word)) && (!verdict.value || row.dataset.v === verdict.value) &&
				(!cause.value || row.dataset.c.split(" ").includes(cause.value));
			row.hidden = !fits;
			n += fits;
		}
		shown.textContent = n + " of " + rows.length;
	}

	function show(v, c) {
		words.value = "";
		verdict.value = v;
		cause.value = c;
		filter();
	}

	for (const input of [words, verdict, cause])
		input.addEventListener("input", filter);
	all.addEventListener("click", () => show("", ""));
	for (const link of document.querySelectorAll("[data-verdict], [data-cause]"))
		link.addEventListener("click", () => show(link.dataset.verdict || "", link.dataset.cause || ""));
	box.append(words, verdict, cause, all, shown);
	table.closest(".wide").before(box);
	filter();
	// A link to a host that is filtered out shows it.
	addEventListener("hashchange", () => {
		const target = document.getElementById(location.hash.slice(1));
		if (target && target.hidden)
			show("", "");
		if (target && target.hidden === false && target.matches("tr"))
			target.scrollIntoView({ block: "center" });
	});
})();
