/*
 * The least that shows the messages of a room: all of them are fetched, rows of one height, only those in sight are in the
 * document, and one request waits for what is new.
 */
const rowHeight = 64;
const [log, all, button] = ['#log', '#all', 'button'].map((one) => document.querySelector(one));
const query = new URLSearchParams(location.search);
const [room, held] = [query.get('room'), Number(query.get('held'))];
const headers = { 'ocs-apirequest': 'true', accept: 'application/json', 'content-type': 'application/json' };
const ask = (path, options = {}) =>
	fetch(`/ocs/v2.php/apps/spreed/api/${path}`, { headers, ...options }).then(async (answer) =>
		answer.status === 304 ? [] : (await answer.json()).ocs.data
	);

let messages = [];
const shown = new Map();
function draw() {
	if (log.hidden) return;
	const first = Math.floor(log.scrollTop / rowHeight) - 3;
	const last = first + Math.ceil(log.clientHeight / rowHeight) + 6;
	for (const [nth, row] of shown) {
		if (nth >= first && nth <= last) continue;
		row.remove();
		shown.delete(nth);
	}
	for (let nth = Math.max(0, first); nth <= Math.min(last, messages.length - 1); nth += 1) {
		if (shown.has(nth)) continue;
		const row = document.createElement('article');
		const { id, actorDisplayName, message } = messages[nth];
		row.dataset.message = id;
		row.style.insetBlockStart = `${nth * rowHeight}px`;
		row.textContent = `${actorDisplayName}: ${message}`;
		shown.set(nth, row);
		all.append(row);
	}
}
function take(more) {
	const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
	messages.push(...more);
	all.style.blockSize = `${messages.length * rowHeight}px`;
	if (isAtEnd) log.scrollTop = log.scrollHeight;
	draw();
}
log.addEventListener('scroll', draw);
button.addEventListener('click', () => {
	log.hidden = !log.hidden;
	for (const row of shown.values()) row.remove();
	shown.clear();
	log.scrollTop = log.scrollHeight;
	draw();
});

await ask(`v4/room/${room}/participants/active`, { method: 'POST', body: '{}' });
let before = 0;
const limit = Math.min(200, held);
while (messages.length < held) {
	const page = await ask(
		`v1/chat/${room}?lookIntoFuture=0&limit=${limit}&lastKnownMessageId=${before}&setReadMarker=0`
	);
	if (page.length === 0) break;
	messages.push(...page);
	before = page.at(-1).id;
}
messages.reverse();
take([]);
document.title = 'ready';
for (;;) {
	const after = messages.at(-1).id;
	take(
		await ask(
			`v1/chat/${room}?lookIntoFuture=1&limit=200&lastKnownMessageId=${after}&timeout=30&setReadMarker=0`
		)
	);
}
