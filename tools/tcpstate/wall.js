// The wall: tiles as they come by server-sent events. Whatever a sender wrote is set as text, never as markup.
'use strict';
(function () {
	var words = {}, tiles = {}, offset = 0, key = new URLSearchParams(location.search).get('key');
	var open = ['ESTABLISHED', 'LISTEN'], silentAfter = 6000, byNumber = function (a, b) { return a.number - b.number; };

	function node(name, kind, text) {
		var made = document.createElement(name);
		if (kind) made.className = kind;
		if (text !== undefined) made.textContent = text;
		return made;
	}
	// "{a} of {b}" with its values
	function say(word, values) {
		return (words[word] || word).replace(/\{(\w+)\}/g, function (whole, name) { return values && name in values ? values[name] : whole; });
	}
	function now() { return performance.now() + offset; }
	function duration(ms) {
		var s = Math.floor(ms / 1000);
		return s < 60 ? s + ' s' : s < 3600 ? Math.floor(s / 60) + ' min ' + s % 60 + ' s' : Math.floor(s / 3600) + ' h ' + Math.floor(s / 60) % 60 + ' min';
	}
	function isSilent(tile) { return tile.running && now() - tile.heard > silentAfter; }
	// how long it has been stuck by now, had it not changed since
	function stuckFor(tile) { return tile.stuck ? tile.stuck.ms + (tile.running ? now() - tile.heard : 0) : 0; }
	function stuckText(tile) { return say('stuck', { state: tile.stuck.state, time: duration(stuckFor(tile)), port: tile.stuck.port }); }

	function remove(tile) {
		fetch('remove', { method: 'POST', headers: { 'X-Wall-Key': key }, body: String(tile.number) });
	}
	function draw(tile) {
		var at = tile.at = tile.at || document.getElementById('tiles').appendChild(node('article')), states = node('ul', 'states');
		at.textContent = '';
		at.append(node('h2', '', tile.name || say('unnamed', { number: tile.number })));
		Object.keys(tile.states).forEach(function (name) {
			states.append(node('li', open.indexOf(name) >= 0 ? 'open' : name === 'TIME_WAIT' ? '' : 'waits', name + ' ' + tile.states[name]));
		});
		at.append(states);
		if (tile.checks) at.append(node('p', 'checks ' + (tile.passed === tile.checks ? 'passed' : 'failed'), say('checks', { passed: tile.passed, checks: tile.checks })));
		tile.findings.slice(0, 2).forEach(function (finding) { var line = at.appendChild(node('p', 'finding', finding.text || finding.finding)); line.title = line.textContent; });
		tile.waiting = at.appendChild(node('p', 'waiting'));
		tile.state = at.appendChild(node('p', 'quiet'));
		if (key) {
			var button = at.appendChild(node('button', '', '\u00d7'));
			button.title = say('remove');
			button.onclick = function () { remove(tile); };
		}
		at.className = tile.checks && tile.passed < tile.checks ? 'bad' : tile.checks ? 'good' : '';
		tick(tile);
	}
	function tick(tile) {
		var silent = isSilent(tile);
		tile.at.classList.toggle('silent', silent || !tile.running);
		tile.waiting.textContent = tile.stuck ? stuckText(tile) : '';
		tile.state.textContent = silent ? say('silent', { time: duration(now() - tile.heard) }) : tile.running ? '' : say('ended');
	}
	function all() { return Object.values(tiles).sort(byNumber); }
	function summary() {
		var list = all(), worst = list.filter(function (t) { return t.stuck && t.running && !isSilent(t); }).sort(function (a, b) { return stuckFor(b) - stuckFor(a); })[0];
		var box = document.getElementById('stuck');
		document.getElementById('sum').textContent = say('sum', { count: list.length, passed: list.filter(function (t) { return t.checks && t.passed === t.checks; }).length });
		box.hidden = !worst;
		if (worst) box.textContent = say('longest', { name: worst.name || say('unnamed', { number: worst.number }) }) + ' ' + stuckText(worst);
	}
	function take(change) {
		offset = change.now - performance.now();
		change.tiles.forEach(function (tile) {
			tile.at = tiles[tile.number] && tiles[tile.number].at;
			tiles[tile.number] = tile;
			draw(tile);
		});
		change.gone.forEach(function (number) {
			if (!tiles[number]) return;
			tiles[number].at.remove();
			delete tiles[number];
		});
		summary();
	}
	var events = new EventSource('events');
	events.addEventListener('words', function (event) {
		words = JSON.parse(event.data);
		document.documentElement.lang = words.lang;
		document.title = words.title;
		tiles = {};
		document.getElementById('tiles').textContent = '';
		var join = document.getElementById('join'), parts = words.join.split('{command}');
		join.textContent = '';
		join.append(parts[0], node('code', '', words.command), parts[1] || '');
	});
	events.addEventListener('change', function (event) { take(JSON.parse(event.data)); });
	setInterval(function () { all().forEach(tick); summary(); }, 1000);
})();
