// Run by wall_in_a_browser.sh with node: CHROMIUM PROFILE URL SCREENSHOT. Forty students tell the wall at URL how they do, five times a second each; a browser, driven over its
// debugging pipe, opens it, and each result is a line.
'use strict';
const { spawn } = require('child_process'), fs = require('fs'), http = require('http');
const [browser, profile, url, picture] = process.argv.slice(2), wanted = 40;
const root = process.getuid() === 0 ? ['--no-sandbox'] : [];
const child = spawn(browser, ['--headless', '--disable-gpu', '--remote-debugging-pipe', '--window-size=1920,1080', '--user-data-dir=' + profile, ...root, 'about:blank'],
	{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const waiting = new Map(), failures = [];
let number = 0, rest = '';
child.stdio[4].on('data', function (data) {
	const parts = (rest + data).split('\0');
	rest = parts.pop();
	parts.map(JSON.parse).forEach(function (message) {
		if (waiting.has(message.id)) waiting.get(message.id)(message.result || {});
		if (message.method === 'Runtime.exceptionThrown') failures.push(message.params.exceptionDetails.text + ' ' + (message.params.exceptionDetails.exception || {}).description);
		if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error') failures.push(message.params.entry.text + ' ' + message.params.entry.url);
	});
});
function ask(method, params, session) {
	return new Promise(function (done) {
		waiting.set(++number, done);
		child.stdio[3].write(JSON.stringify({ id: number, method: method, params: params || {}, sessionId: session }) + '\0');
	});
}
// ---- the students ----
const began = Date.now(), agent = new http.Agent({ keepAlive: true, maxSockets: wanted });
let refused = 0, taken = 0;
function student(i) {
	const passed = Math.min(8, i % 7 ? 8 : 7), states = { LISTEN: 1, ESTABLISHED: i % 5 + 1, TIME_WAIT: i % 9 };
	if (i % 3) states.CLOSE_WAIT = i % 3;
	const said = JSON.stringify({ id: 'student' + (1000 + i), name: i ? 'Student ' + i : '<b>hostile</b>', running: true, connections: 20, states: states, checks: i % 4 ? 8 : 0, passed: i % 4 ? passed : 0,
		findings: i % 3 ? [{ finding: 'accept_queue_overflow', text: 'accept queue overflow: 2 waiting with backlog 1, 1 client not let in' }] : [], stuck: i % 3 ? { state: 'CLOSE_WAIT', port: 12345, ms: Date.now() - began + i * 997 } : null });
	const request = http.request(new URL('push', url), { method: 'POST', agent: agent, headers: { 'Content-Length': Buffer.byteLength(said) } }, function (answer) {
		answer.resume();
		if (answer.statusCode === 200) taken++; else if (answer.statusCode !== 410) refused++;
	});
	request.on('error', function () { refused++; });
	request.end(said);
}
setInterval(function () { for (let i = 0; i < wanted; i++) student(i); }, 200);

// ---- the reader ----
function say(holds, what, more) { console.log((holds ? 'ok - ' : 'not ok - ') + what + (holds || !more ? '' : ': ' + more)); }
(async function () {
	const target = await ask('Target.createTarget', { url: 'about:blank' });
	const session = (await ask('Target.attachToTarget', { targetId: target.targetId, flatten: true })).sessionId;
	const value = async function (expression) { return ((await ask('Runtime.evaluate', { expression: expression, returnByValue: true }, session)).result || {}).value; };
	const until = async function (expression) {
		for (let i = 0; i < 300; i++) {
			if (await value(expression)) return true;
			await new Promise(function (done) { setTimeout(done, 100); });
		}
		return false;
	};
	await ask('Runtime.enable', {}, session);
	await ask('Log.enable', {}, session);
	await ask('Emulation.setDeviceMetricsOverride', { width: 1920, height: 1080, deviceScaleFactor: 1, mobile: false }, session);
	await ask('Page.navigate', { url: url }, session);
	say(await until('document.querySelectorAll("article").length === ' + wanted), 'forty students have forty tiles', await value('document.querySelectorAll("article").length + " tiles"'));
	say(await until('/record --wall http/.test(document.getElementById("join").textContent)'), 'the page says how to join');
	say(await until('!document.getElementById("stuck").hidden'), 'and who has been stuck for longest');
	say(await value('document.querySelectorAll("main b, main img, main script").length === 0 && document.body.textContent.includes("<b>"+"hostile</b>")'), 'what a sender wrote is text, not markup');
	say(await value('document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth'), 'all of them fit on a projector of 1920 by 1080', await value('document.documentElement.scrollWidth + "x" + document.documentElement.scrollHeight'));
	if (picture) fs.writeFileSync(picture, Buffer.from((await ask('Page.captureScreenshot', {}, session)).data, 'base64'));
	await value('document.querySelector("article button").click()');
	say(await until('document.querySelectorAll("article").length === ' + (wanted - 1)), 'whoever has the key takes a tile off');
	say(await until('document.querySelectorAll("article").length === ' + (wanted - 1)), 'and it stays off');
	say(failures.length === 0, 'no error in the browser', failures.join('; '));
	await new Promise(function (done) { setTimeout(done, 5000); });
	say(taken > 500 && refused === 0, 'nothing was refused of what forty students sent', taken + ' taken, ' + refused + ' refused');
	child.kill();
	process.exit(0);
})();
setTimeout(function () { console.log('not ok - the browser does not come to an end'); child.kill('SIGKILL'); process.exit(1); }, 90000);
