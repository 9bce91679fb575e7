// What a script adds to a page that is complete without one: quick tips, the same connection lit
// everywhere, zoom, a filter, light and dark, a figure as a file. Nothing is loaded from elsewhere.
(function () {
	'use strict';
	var d = document, root = d.documentElement;
	root.classList.add('js');
	function all(selector, from) { return [].slice.call((from || d).querySelectorAll(selector)); }

	// ---- light what belongs to one connection
	var lit = d.createElement('style'), current = null;
	d.head.appendChild(lit);
	function light(key) {
		if (key === current) return;
		current = key;
		lit.textContent = key && /^[\w-]+$/.test(key)
			? '.fig [data-c]:not([data-c="' + key + '"]){opacity:.22}' +
			  'tr[data-c="' + key + '"]>*{background:var(--hl)}'
			: '';
	}

	// ---- tips: a figure's titles at once, by pointer or by the arrow keys
	var tip = d.createElement('div');
	tip.id = 'tip';
	tip.setAttribute('role', 'status');
	d.body.appendChild(tip);
	function words(part) {
		if (!('tip' in part.dataset)) {
			var title = part.querySelector('title'), own = part.dataset.c;
			// a picture of one phase has its connections' tips from the whole one, one of
			// very many that of its kind, by its own name
			var from = part.dataset.k || own, same = title || !from ? null : d.querySelector(
				'.hv[data-c="' + from + '"][data-tip],.hv[data-c="' + from + '"]>title');
			var told = title ? title.textContent : !same ? ''
				: same.dataset.tip || same.textContent;
			part.dataset.tip = part.dataset.k
				? own[0].toUpperCase() + own.slice(1) + told.replace(/^[^\n]*/, '') : told;
			if (title) {
				part.setAttribute('aria-label', title.textContent);
				title.remove();
			}
		}
		return part.dataset.tip;
	}
	function place(x, y) {
		if (x + tip.offsetWidth + 22 > innerWidth) x -= tip.offsetWidth + 24;
		if (y + tip.offsetHeight + 24 > innerHeight) y -= tip.offsetHeight + 26;
		tip.style.left = Math.max(4, x + 14) + 'px';
		tip.style.top = Math.max(4, y + 16) + 'px';
	}
	function show(text, x, y) {
		tip.textContent = text || '';
		tip.style.display = text ? 'block' : 'none';
		if (text) place(x, y);
	}
	d.addEventListener('mouseover', function (e) {
		if (!e.target.closest) return;
		var part = e.target.closest('.hv'), own = e.target.closest('[data-c]');
		light(own ? own.getAttribute('data-c') : null);
		show(part ? words(part) : '', e.clientX, e.clientY);
	});
	d.addEventListener('mousemove', function (e) {
		if (tip.style.display === 'block') place(e.clientX, e.clientY);
	});
	function step(box, by) {
		var parts = all('.hv', box), at = parts.indexOf(box.stepped) + by;
		if (!parts.length) return;
		if (box.stepped) box.stepped.classList.remove('on');
		box.stepped = parts[(at + parts.length) % parts.length];
		box.stepped.classList.add('on');
		var own = box.stepped.closest('[data-c]'), r = box.stepped.getBoundingClientRect();
		light(own ? own.getAttribute('data-c') : null);
		if (r.left < 0 || r.right > innerWidth || r.top < 0 || r.bottom > innerHeight) {
			box.stepped.scrollIntoView({ block: 'nearest', inline: 'center' });
			r = box.stepped.getBoundingClientRect();
		}
		show(words(box.stepped), r.left + Math.min(r.width, 40), r.bottom - 10);
	}
	all('.scroll').forEach(function (box) {
		box.tabIndex = 0;
		box.addEventListener('keydown', function (e) {
			var by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
			if (e.key === 'Escape') { show(''); light(null); }
			if (!by || e.ctrlKey || e.altKey || e.metaKey) return;
			e.preventDefault();
			step(box, by);
		});
		box.addEventListener('blur', function () { show(''); light(null); });
		var names = box.querySelector('.lb'), svg = box.querySelector('svg');
		if (!names) return;
		box.addEventListener('scroll', function () {
			var scale = svg.viewBox.baseVal.width / svg.clientWidth;
			names.setAttribute('transform', 'translate(' + box.scrollLeft * scale + ')');
			names.classList.toggle('on', box.scrollLeft > 2);
		});
	});

	// ---- folds open where a link leads, and for the printer
	function follow() {
		var e = location.hash.length > 1 && d.getElementById(location.hash.slice(1));
		for (var p = e; p; p = p.parentElement) if (p.tagName === 'DETAILS') p.open = true;
		if (e) e.scrollIntoView({ block: 'center' });
	}
	addEventListener('hashchange', follow);
	follow();
	addEventListener('beforeprint', function () {
		all('details:not(.screen)').forEach(function (e) {
			e.dataset.was = e.open ? 'open' : '';
			e.open = true;
		});
	});
	addEventListener('afterprint', function () {
		all('details').forEach(function (e) { if ('was' in e.dataset) e.open = !!e.dataset.was; });
	});

	// ---- zoom, filter, theme
	all('[data-zoom]').forEach(function (button) {
		button.onclick = function () {
			var svg = button.closest('figure').querySelector('.scroll svg'),
				zoom = +button.dataset.zoom, width = svg.clientWidth / (svg.dataset.zoom || 1);
			svg.dataset.zoom = zoom;
			svg.style.width = zoom === 1 ? '' : width * zoom + 'px';
			svg.style.maxWidth = zoom === 1 ? '' : 'none';
		};
	});
	var filter = d.getElementById('filter');
	if (filter) filter.oninput = function () {
		var wanted = filter.value.toLowerCase();
		all('.lads article').forEach(function (a) {
			a.hidden = !!wanted && a.textContent.toLowerCase().indexOf(wanted) < 0;
		});
	};
	var theme = d.getElementById('theme');
	if (theme) theme.onclick = function () {
		var dark = root.classList.contains('dark') || (!root.classList.contains('light') &&
			matchMedia('(prefers-color-scheme:dark)').matches);
		root.classList.toggle('dark', !dark);
		root.classList.toggle('light', dark);
	};

	// ---- a figure as a file: its colours resolved, its style within
	all('.sv').forEach(function (button) {
		button.onclick = function () {
			var svg = button.closest('figure').querySelector('svg.fig').cloneNode(true),
				box = svg.getAttribute('viewBox').split(' '), colours = getComputedStyle(root),
				style = d.createElementNS(svg.namespaceURI, 'style'),
				ground = d.createElementNS(svg.namespaceURI, 'rect');
			svg.removeAttribute('style');
			svg.setAttribute('width', box[2]);
			svg.setAttribute('height', box[3]);
			style.textContent = d.getElementById('figure-style').textContent;
			ground.setAttribute('width', '100%');
			ground.setAttribute('height', '100%');
			ground.setAttribute('fill', colours.getPropertyValue('--bg'));
			svg.insertBefore(ground, svg.firstChild);
			svg.insertBefore(style, ground);
			var text = new XMLSerializer().serializeToString(svg).replace(
				/var\((--[\w-]+)\)/g,
				function (whole, name) { return colours.getPropertyValue(name).trim() || whole; });
			var link = d.createElement('a');
			link.href = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
			link.download = svg.id + '.svg';
			link.click();
		};
	});
})();
