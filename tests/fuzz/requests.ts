import { refusals } from './model.ts';
import { Broken, nameOf, type Party } from './party.ts';
import type { Answer } from './server.ts';
import type { Asked, Request, Scene, Verb, Verbs } from './requests/verb.ts';
import { botVerbs } from './requests/bots.ts';
import { chatVerbs } from './requests/chat.ts';
import { peopleVerbs } from './requests/people.ts';
import { roomVerbs } from './requests/room.ts';
import { serverVerbs } from './requests/server.ts';
import { settingVerbs } from './requests/settings.ts';

const tooLong = 'ä'.repeat(40_000);

/** Everything that can be asked for over http. */
export const verbs: Verbs = {
	...roomVerbs,
	...chatVerbs,
	...settingVerbs,
	...peopleVerbs,
	...botVerbs,
	...serverVerbs
};

/** Sends what was generated, holds the answer against the reference, and notes what follows from it. */
export async function carryOut(party: Party, request: Request): Promise<void> {
	const verb = verbs[request.verb];
	if (!verb) throw new Error(`no verb is called ${request.verb}`);
	const at = party.rooms[request.room] ?? party.nowhere;
	const scene: Scene = { ...request, party, at };
	const asked = verb.asked(scene);
	const isChange = verb.method !== 'GET';
	const sent = sending(verb, asked, request);
	const expected = [
		...refusals(verb.needs, at, request.who),
		...(asked.wrong ?? []).filter((status) => status !== false),
		...(sent.spoilt ?? [])
	];
	const fine = asked.fine ?? [200];
	party.secrets.step();
	const answer = await party.request(request.who, verb.method, asked.path, sent.body, {
		...asked.headers,
		...sent.headers
	});
	const wanted = sent.only ?? (expected.length > 0 ? expected : fine);
	if (!wanted.includes(answer.status)) {
		throw new Broken(
			`${nameOf(request.who)}: ${request.verb} in room ${at.place} is answered with ${answer.status}, and not ${wanted.join(' or ')}\n${verb.method} ${asked.path.slice(0, 200)} ${(sent.body ?? '').slice(0, 300)}\n${answer.text.slice(0, 500)}`
		);
	}
	if (expected.length === 0 && sent.only === undefined && answer.status < 400) {
		asked.after?.(dataOf(answer), answer);
	}
	party.inspect(request.who, answer);
	if (isChange) await party.settle();
	else party.demand();
}

interface Sent {
	body: string | undefined;
	headers: Record<string, string | undefined>;
	/** what is wrong with it now, beside everything else */
	spoilt?: number[];
	/** all that can come of it, whoever sends it */
	only?: number[];
}

function sending({ method }: Verb, { body, field: named, path }: Asked, { odd, how }: Request): Sent {
	const whole = body === undefined ? undefined : JSON.stringify(body);
	const isOcs = path.startsWith('/ocs/');
	if (how !== undefined && method !== 'GET' && isOcs) {
		switch (how) {
			case 'without the header':
				return { body: whole, headers: { 'ocs-apirequest': undefined }, only: [412] };
			case 'as text':
				return { body: whole ?? 'text', headers: { 'content-type': 'text/plain' }, only: [415] };
			case 'as broken JSON':
				return { body: whole === undefined ? '{' : `${whole}}`, headers: {}, only: [400] };
			case 'too large':
				return { body: JSON.stringify({ ...body, more: 'x'.repeat(600_000) }), headers: {}, only: [413] };
			case 'as a form': {
				if (body === undefined) break;
				const form = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)]));
				return { body: form.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } };
			}
		}
	}
	if (odd === undefined || named === undefined || method === 'GET') return { body: whole, headers: {} };
	const [name, takes] = named;
	const spoilt =
		takes === 'text' && typeof odd === 'string' ? tooLong : takes === 'text' ? odd : unlikeNumber(odd);
	// text by `JSON.stringify`: a key called "__proto__" stays one
	return {
		body: `${JSON.stringify({ ...body, [name]: null }).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(spoilt)}}`,
		headers: {},
		spoilt: [400, ...(spoilt === tooLong ? [413] : [])]
	};
}

const unlikeNumber = (odd: unknown): unknown => (typeof odd === 'boolean' ? [odd] : odd);

function dataOf({ text, headers }: Answer): unknown {
	if (headers['content-type']?.startsWith('application/json') !== true) return undefined;
	return (JSON.parse(text) as { ocs?: { data?: unknown } }).ocs?.data;
}
