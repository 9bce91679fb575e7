// Put into a page by layout.sh, behind its own script: looks for text that meets other text, leaves
// its figure or its page, or is cut, and tells the page around it a line a result.
window.addEventListener('load', function () {
	var results = [], all = function (s, e) { return [].slice.call((e || document).querySelectorAll(s)); };
	function is(what, found) {
		results.push((found.length ? 'not ok - ' : 'ok - ') + what +
			(found.length ? ': ' + found.length + ', as ' + found.slice(0, 3).join('; ') : ''));
	}
	function words(e) { return '"' + e.textContent.trim().slice(0, 28) + '"'; }
	function shown(e) {
		return e.getClientRects().length > 0 && e.textContent.trim() !== '' &&
			(!e.checkVisibility || e.checkVisibility()); // not in a fold that is closed
	}
	// Letters fill about two thirds of the height of their line. In a figure that is drawn smaller a
	// browser may make the box as high as whole pixels allow: the font says how high they are.
	function letters(r, high) {
		var cut = high ? (r.height - high) / 2 : r.height * .2;
		return { left: r.left + .5, right: r.right - .5, top: r.top + cut, bottom: r.bottom - cut };
	}
	function meet(a, b) { return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom; }
	// Of all pairs those that meet: in order of their tops, so that far ones are not compared.
	function meetings(items) {
		var found = [];
		items.sort(function (a, b) { return a.box.top - b.box.top; });
		items.forEach(function (a, i) {
			for (var k = i + 1; k < items.length && items[k].box.top < a.box.bottom; k++)
				if (meet(a.box, items[k].box)) found.push(a.words + ' and ' + items[k].words);
		});
		return found;
	}
	function item(e, r, high) { return { words: words(e), box: letters(r, high) }; }

	// ---- figures
	function figures(from) { all('svg.fig', from).forEach(function (svg) {
		var own = svg.getBoundingClientRect(), texts = all('text', svg).filter(shown);
		if (!own.width || !texts.length) return;
		var name = svg.id || 'a small figure', scale = svg.viewBox.baseVal.width ? own.width / svg.viewBox.baseVal.width : 1;
		function high(t) { return parseFloat(getComputedStyle(t).fontSize) * scale * .87; }
		is('in ' + name + ' no text meets another', meetings(texts.map(function (t) { return item(t, t.getBoundingClientRect(), high(t)); })));
		is('none leaves ' + name, texts.filter(function (t) {
			var r = letters(t.getBoundingClientRect(), high(t));
			return r.left < own.left - 1 || r.right > own.right + 1 || r.top < own.top - 1 || r.bottom > own.bottom + 1;
		}).map(words));
	}); }
	figures();

	// ---- a ladder's texts stand whole: a withdrawn state's reason as in the table below it
	is('no mark of a ladder is cut', all('svg.lad .b.halo').filter(function (e) { return /…$/.test(e.textContent); }).map(words));
	is('no mark of a picture is cut', all('svg.wide text.b.halo, .pm thead th').filter(function (e) { return /…$/.test(e.textContent); }).map(words));
	is('no address of a picture is cut', all('svg.wide tspan.b').filter(function (e) { return /…/.test(e.textContent); }).map(words));
	is('no number of a segment is cut', all('svg.lad tspan.s').filter(function (e) { return /…$/.test(e.textContent); }).map(words));
	is('every reason stands whole in its ladder', all('.lads article .lt tr').filter(function (row) {
		var plain = function (e) { return e.textContent.replace(/\s/g, ''); };
		return row.querySelector('s') && plain(row.closest('article').querySelector('svg.lad')).indexOf(plain(row.lastElementChild)) < 0;
	}).map(function (row) { return words(row.lastElementChild); }));

	// ---- a label that finds no place beside a fold hides what it covers of it
	all('svg.wide').forEach(function (svg) {
		var folds = all('.fo, use', svg).map(function (e) { return e.getBoundingClientRect(); });
		if (!folds.length) return;
		is('in ' + svg.id + ' no fold runs through a label', all('text.t9', svg).filter(shown).filter(function (e) {
			var box = letters(e.getBoundingClientRect());
			if (!folds.some(function (f) { return meet(box, f); })) return false;
			var style = getComputedStyle(e);
			return parseFloat(style.strokeWidth) < 4 || !/stroke/.test(style.paintOrder);
		}).map(words));
	});

	// ---- text of the page: a box for each line of each piece of text
	function page(state) {
		var pieces = [], outside = [];
		var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (var node; (node = walker.nextNode());) {
			var parent = node.parentElement, range = document.createRange();
			if (!node.nodeValue.trim() || parent.closest('svg, script, style, caption, #tip') || !shown(parent)) continue;
			range.selectNodeContents(node);
			[].forEach.call(range.getClientRects(), function (r) {
				if (r.width < 1 || r.height < 1) return;
				pieces.push(item(parent, r));
				if ((r.left < -1 || r.right > innerWidth + 1) && !parent.closest('.scroll, .tw, .heat, pre')) outside.push(words(parent));
			});
		}
		is(state + ': no text of the page meets another', meetings(pieces));
		is(state + ': none leaves the page', outside);
		is(state + ': none is cut by its box', all('td, th, p, h1, h2, h3, li, dt, dd, summary, figcaption, button, a, section').filter(function (e) {
			var style = getComputedStyle(e);
			return shown(e) && !e.closest('svg') && /hidden|clip/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1;
		}).map(words));
		is(state + ': no heading of a table stands with one ideograph a line', all('thead th').filter(function (e) {
			var text = e.textContent.trim(), range = document.createRange(), tops = {};
			if (!shown(e) || e.closest('.pm') || !/^[\u2e80-\uffff]{3,}$/.test(text)) return false;
			range.selectNodeContents(e);
			[].forEach.call(range.getClientRects(), function (r) { tops[Math.round(r.top)] = 1; });
			return Object.keys(tops).length > 1;
		}).map(words));
		is('at ' + innerWidth + ' px, ' + state + ': what wire and kernel say fits in', all('.dis').filter(function (e) {
			return shown(e) && e.scrollWidth > e.clientWidth + 1;
		}).map(words));
		is('at ' + innerWidth + ' px, ' + state + ': nothing pushes the page sideways', document.documentElement.scrollWidth > innerWidth + 1 ? [document.documentElement.scrollWidth + ' px'] : []);
	}
	page('as it opens');
	all('details').forEach(function (e) { e.open = true; });
	page('with all folds open');
	// ---- what is only printed
	all('figure.paper').forEach(function (e) { e.style.display = 'block'; figures(e); });
	parent.postMessage(results.join('\n'), '*'); // to the page whose frame is as wide as wanted
});
