import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/** A bot that says again what people say. How to register it: README.md beside this file. */

const secret = process.env.BOT_SECRET ?? '';
const server = (process.env.ROOST_URL ?? 'http://localhost:3000').replace(/\/$/, '');
const largestBody = 256 * 1024;
// without one anybody could prove anything
if (secret === '') {
	console.error('BOT_SECRET is not set: npm run bots -- install prints it.');
	process.exit(1);
}

const sign = (random, text) => createHmac('sha256', secret).update(random).update(text).digest('hex');

/** Only the server that has our secret can have sent this; compared in the same time whatever is wrong with it. */
function isProven({ headers }, body) {
	const random = headers['x-nextcloud-talk-random'] ?? '';
	const given = Buffer.from(headers['x-nextcloud-talk-signature'] ?? '');
	const expected = Buffer.from(sign(random, body));
	return random.length >= 32 && given.length === expected.length && timingSafeEqual(given, expected);
}

/** What has been answered: whoever saw a request on its way could send it again. */
const answered = new Set();

function isNew(id) {
	if (answered.has(id)) return false;
	answered.add(id);
	if (answered.size > 10_000) answered.delete(answered.values().next().value);
	return true;
}

/** The text with names in place of its placeholders. */
function textOf({ content }) {
	const { message, parameters } = JSON.parse(content);
	return message.replace(/\{([\w-]+)\}/g, (placeholder, key) =>
		Object.hasOwn(parameters, key) ? parameters[key].name : placeholder
	);
}

/** Signed over the message itself, not over the JSON around it. */
async function post(room, message, replyTo) {
	const random = randomBytes(32).toString('hex');
	const response = await fetch(`${server}/ocs/v2.php/apps/spreed/api/v1/bot/${room}/message`, {
		method: 'POST',
		headers: {
			'Content-Type': 'application/json',
			'OCS-APIRequest': 'true',
			'X-Nextcloud-Talk-Bot-Random': random,
			'X-Nextcloud-Talk-Bot-Signature': sign(random, message)
		},
		body: JSON.stringify({ message, replyTo, referenceId: random })
	});
	if (response.status !== 201) throw new Error(`the server answered ${response.status}`);
}

async function work({ type, actor, object, target }) {
	if (type !== 'Create' || actor.type !== 'Person' || !isNew(`${target.id} ${object.id}`)) return;
	await post(target.id, textOf(object), Number(object.id));
}

const bot = createServer(async (request, response) => {
	const chunks = [];
	let size = 0;
	for await (const chunk of request) if ((size += chunk.length) <= largestBody) chunks.push(chunk);
	const body = Buffer.concat(chunks);
	const status = size > largestBody ? 413 : isProven(request, body) ? 200 : 401;
	// at once: the server waits five seconds, and remembers who is late
	response.writeHead(status).end();
	if (status !== 200) return;
	try {
		await work(JSON.parse(body.toString()));
	} catch (error) {
		console.error(`could not answer: ${error.message}`);
	}
});
bot.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () =>
	console.log(`Echo bot listens at http://127.0.0.1:${bot.address().port}/`)
);
