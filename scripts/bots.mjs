import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { at, helpFor } from './lib/project.mjs';

helpFor(`
npm run bots -- COMMAND [--server URL]

Programs that read and write in rooms, at the Roost that runs with the same ROOST_ADMIN_TOKEN, from the environment or .env.

  list [ROOM]              all bots, or those that can be let into a room
  install NAME URL         registers a bot that is told at URL what happens; prints its id and secret, once
      --description TEXT   for the moderators who decide whether to let it in
      --secret SECRET      40 to 128 characters, instead of a new one
      --feature FEATURE    webhook (is told), response (may write), reaction (is told of reactions), none;
                           several times; webhook and response if not given
      --no-setup           only setup and remove decide in which rooms it is, no moderator
  setup ID ROOM…           lets a bot into rooms
  remove ID ROOM…          sends it out of rooms
  state ID STATE           enabled, disabled or no-setup, with --feature also what it may do; forgets its errors
  uninstall ID             forgets the bot

The server is --server, else ROOST_PUBLIC_URL, else the one at PORT of this machine.
Ends with 0 if it is done, 1 if the server refuses or is not there, 2 if the command is none.
For example: npm run bots -- install Echo http://127.0.0.1:8080/`);

const features = { none: 0, webhook: 1, response: 2, reaction: 8 };
const states = { disabled: 0, enabled: 1, 'no-setup': 2 };
const nameOf = (words, value) => Object.keys(words).find((word) => words[word] === value) ?? String(value);
const namesIn = (bits) =>
	Object.keys(features)
		.filter((name) => (bits & features[name]) !== 0)
		.join(', ') || 'none';

function end(message, status) {
	console.error(message);
	process.exit(status);
}
const wrong = (message) => end(`${message}\nnpm run bots -- --help says what there is.`, 2);

function readWords() {
	try {
		return parseArgs({
			allowPositionals: true,
			options: {
				server: { type: 'string' },
				description: { type: 'string', default: '' },
				secret: { type: 'string' },
				feature: { type: 'string', multiple: true },
				'no-setup': { type: 'boolean', default: false }
			}
		});
	} catch (error) {
		return wrong(error.message);
	}
}

function readEnvironment() {
	let file = {};
	try {
		file = parseEnv(readFileSync(at('.env'), 'utf8'));
	} catch {
		// there need not be one
	}
	return { ...file, ...process.env };
}

const { values, positionals } = readWords();
const [command, ...words] = positionals;
const environment = readEnvironment();
const scheme = environment.ROOST_TLS_CERT ? 'https' : 'http';
const server =
	values.server ?? (environment.ROOST_PUBLIC_URL || `${scheme}://localhost:${environment.PORT || 3000}`);

async function ask(method, path, body) {
	const token = environment.ROOST_ADMIN_TOKEN;
	if (!token) end('ROOST_ADMIN_TOKEN is not set: the server takes orders about bots from nobody else.', 1);
	const url = `${server.replace(/\/$/, '')}/ocs/v2.php/apps/spreed/api/v1/bot/${path}`;
	const response = await fetch(url, {
		method,
		headers: {
			Authorization: `Bearer ${token}`,
			'OCS-APIRequest': 'true',
			Accept: 'application/json',
			...(body && { 'Content-Type': 'application/json' })
		},
		...(body && { body: JSON.stringify(body) })
	}).catch((error) => end(`${server} cannot be reached: ${error.cause?.message ?? error.message}`, 1));
	const data = (await response.json().catch(() => undefined))?.ocs?.data;
	if (response.ok) return data;
	const reasons = {
		400: `it does not take ${data?.error === 'bot' ? 'that bot' : (data?.error ?? 'that')}`,
		403: 'ROOST_ADMIN_TOKEN is not its own',
		404: data?.error === 'bot' ? 'there is no such bot' : 'there is no such room, or it is no Roost'
	};
	return end(`${server} refuses: ${reasons[response.status] ?? `status ${response.status}`}`, 1);
}

function idOf(word) {
	return /^\d+$/.test(word ?? '') ? word : wrong('Which bot? Its id is in the list.');
}

/** @returns the bits, undefined if none were asked for */
function askedFeatures() {
	return values.feature?.reduce(
		(bits, name) => bits | (features[name] ?? wrong(`There is no feature ${name}.`)),
		0
	);
}

/** In every room, one after the other. */
async function move(method, [id, ...rooms]) {
	const bot = idOf(id);
	if (rooms.length === 0) wrong('Which rooms? Their codes are at the end of their links.');
	for (const room of rooms) await ask(method, `${encodeURIComponent(room)}/${bot}`);
}

const commands = {
	async list([room]) {
		const bots = await ask('GET', room === undefined ? 'admin' : encodeURIComponent(room));
		for (const bot of bots) {
			const fields = [bot.id, bot.name, nameOf(states, bot.state)];
			if (room === undefined) fields.push(namesIn(bot.features), bot.url);
			if (bot.error_count > 0 || bot.last_error_message) {
				fields.push(`${bot.error_count} errors in a row, the last: ${bot.last_error_message}`);
			}
			console.log(fields.join('\t'));
		}
	},
	async install([name, url]) {
		if (url === undefined) wrong('Which name, and which URL?');
		const secret = values.secret ?? randomBytes(32).toString('hex');
		const { id } = await ask('POST', 'admin', {
			name,
			url,
			secret,
			description: values.description,
			features: askedFeatures(),
			state: values['no-setup'] ? states['no-setup'] : states.enabled
		});
		console.log(`id\t${id}`);
		if (values.secret === undefined) console.log(`secret\t${secret}`);
	},
	setup: (rest) => move('POST', rest),
	remove: (rest) => move('DELETE', rest),
	async state([id, state]) {
		if (!Object.hasOwn(states, state ?? '')) wrong('Which state: enabled, disabled or no-setup?');
		await ask('PUT', `admin/${idOf(id)}`, { state: states[state], features: askedFeatures() });
	},
	async uninstall([id]) {
		await ask('DELETE', `admin/${idOf(id)}`);
	}
};

if (!Object.hasOwn(commands, command ?? '')) {
	wrong(command === undefined ? 'Which command?' : `There is no command ${command}.`);
}
await commands[command](words);
