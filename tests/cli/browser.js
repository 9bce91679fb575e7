// Put into a page by browser.sh, behind its own script: does what a reader does, and writes a line a result into <pre id="results">.
window.addEventListener('load', function () {
	var results = [], all = function (s) { return [].slice.call(document.querySelectorAll(s)); };
	function is(what, holds, more) { results.push((holds ? 'ok - ' : 'not ok - ') + what + (holds || !more ? '' : ': ' + more)); }
	function send(target, type, init) { target.dispatchEvent(new (init && init.key ? KeyboardEvent : MouseEvent)(type, Object.assign({ bubbles: true, cancelable: true }, init))); }
	is('no script error', !window.failures.length, window.failures.join('; '));
	is('its own script runs', document.documentElement.classList.contains('js'));
	all('section[id] > figure:not(.paper) svg.wide').forEach(function (svg) { var r = svg.getBoundingClientRect(); is('figure ' + svg.id + ' has a size', r.width > 300 && r.height > 40); });
	var band = document.querySelector('#fig-picture [data-c] .hv'), tip = document.getElementById('tip');
	if (band) {
		send(band.firstElementChild.nextElementSibling || band, 'mouseover', { clientX: 300, clientY: 300 });
		is('pointing at a band tells its evidence', tip.style.display === 'block' && /ESTABLISHED|SYN_SENT|LISTEN/.test(tip.textContent), tip.textContent);
		is('and dims the other connections', all('#fig-picture [data-c]').some(function (g) { return getComputedStyle(g).opacity < 0.5; }));
		send(document.body, 'mouseover', {});
		is('until the pointer leaves', all('#fig-picture [data-c]').every(function (g) { return getComputedStyle(g).opacity > 0.5; }));
	}
	var box = document.querySelector('#picture .scroll');
	if (box) {
		box.focus();
		send(box, 'keydown', { key: 'ArrowRight' });
		var first = tip.textContent;
		send(box, 'keydown', { key: 'ArrowRight' });
		is('the arrow keys step through a figure', first !== '' && tip.textContent !== '' && tip.textContent !== first, first);
		send(box, 'keydown', { key: 'Escape' });
		is('Escape ends that', tip.style.display === 'none');
		var width = box.querySelector('svg').clientWidth;
		document.querySelector('[data-zoom="2"]').click();
		is('zoom doubles the figure', Math.abs(box.querySelector('svg').clientWidth - 2 * width) < 4);
		document.querySelector('[data-zoom="1"]').click();
	}
	var filter = document.getElementById('filter'), articles = all('.lads article');
	if (filter && articles.length > 1) {
		filter.value = articles[1].querySelector('h3').textContent.split(':')[0] + ':';
		filter.oninput();
		is('the filter leaves what it names', !articles[1].hidden && articles.some(function (a) { return a.hidden; }));
		filter.value = '';
		filter.oninput();
		is('and without it all are back', articles.every(function (a) { return !a.hidden; }));
	}
	is('nothing pushes the page sideways', document.documentElement.scrollWidth <= innerWidth + 1, document.documentElement.scrollWidth + ' > ' + innerWidth);
	is('each image has a name', all('svg[role=img]').every(function (s) { return s.getAttribute('aria-label') || document.getElementById(s.getAttribute('aria-labelledby').split(' ')[0]); }));
	// what a screen reader is told
	is('each image says what it shows', all('svg[role=img]').every(function (s) {
		return s.getAttribute('aria-label') || s.getAttribute('aria-labelledby').split(' ').every(function (id) {
			var e = document.getElementById(id);
			return e && e.textContent.trim().length > 2 && e.textContent.indexOf('↵') < 0;
		});
	}));
	is('nothing that keys reach is hidden from a screen reader', !all('[aria-hidden=true] a, [aria-hidden=true] button, [aria-hidden=true] [tabindex]').length);
	is('the page names its language', /^(en|zh)/.test(document.documentElement.lang));
	var level = 0;
	is('no level of headings is left out', all('h1, h2, h3, h4').every(function (h) {
		var before = level;
		level = +h.tagName[1];
		return level <= before + 1;
	}));
	is('each table has a caption', all('table').every(function (t) { return t.caption && t.caption.textContent.trim(); }));
	is('each heading of a table says of what', all('th').every(function (t) { return t.scope; }));
	// WCAG 2.1, 1.4.3: 4.5 to 1, large or bold text 3 to 1
	function light(c) { var v = c.slice(0, 3).map(function (x) { x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); }); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; }
	// "rgb(20, 23, 27)"; mixed ones are "color(srgb 0.1 0.2 0.3)"
	function colour(text) { var m = text.match(/[\d.]+/g), parts = /^color/.test(text); return m ? m.map(function (x, i) { return parts && i < 3 ? 255 * x : +x; }) : [0, 0, 0, 0]; }
	function ground(e) { for (; e && e.nodeType === 1; e = e.parentElement) { var c = colour(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0.9) return c; } return [255, 255, 255]; }
	['light', 'dark'].forEach(function (theme) {
		document.documentElement.classList.remove('light', 'dark');
		document.documentElement.classList.add(theme);
		var worst = 99, where = '';
		all('p, small, h1, h2, h3, li, td, th, a:not(svg a), summary, dt, dd, figcaption, span, code, .fig text').forEach(function (e) {
			if (!e.textContent.trim() || e.closest('[hidden]') || e.id === 'results' || !e.getClientRects().length) return;
			var style = getComputedStyle(e), figure = e instanceof SVGElement, a = light(colour(figure ? style.fill : style.color)), b = light(ground(e));
			var ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 600);
			if (large) ratio *= 1.5;
			if (ratio < worst) { worst = ratio; where = e.tagName + '.' + (e.getAttribute('class') || '') + ' "' + e.textContent.trim().slice(0, 30) + '"'; }
		});
		is('the ' + theme + ' page has enough contrast', worst >= 4.5, worst.toFixed(2) + ' at ' + where);
	});
	document.body.innerHTML = '<pre id="results">\n\n' + results.join('\n').replace(/</g, '&lt;') + '\n</pre>';
});
