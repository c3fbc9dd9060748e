import { createHmac, randomBytes } from 'node:crypto';
import type { Locator, Page } from '@playwright/test';
import { expect, test as base, type Guest } from '../support/guest.ts';
import { hostileTexts, inField } from '../support/hostile-texts.ts';
import { startRoost } from '../support/roost-server.ts';
import { createTestClient, type TestClient } from '../support/test-client.ts';

const adminToken = 'an-administrators-token';
const nameCharacters = 64;
const roomNameCharacters = 255;
const names = hostileTexts.map((text) => inField(text, nameCharacters));

/** What went wrong in a page since it was opened. */
interface Trap {
	/** somebody's text was run */
	runs: string[];
	/** the page's policy refused something */
	refusals: string[];
	/** the page wanted something of another server */
	strangers: string[];
	errors: string[];
}
const untouched: Trap = { runs: [], refusals: [], strangers: [], errors: [] };

interface Fixtures {
	/**
	 * A guest whose page tells what goes wrong in it. With its policy nothing runs, but what would have is refused and told;
	 * without it everything would run.
	 */
	openTrapped: (
		name: string,
		policy: 'with its policy' | 'without its policy',
		prepare?: (page: Page) => Promise<unknown>
	) => Promise<Guest & { trap: Trap }>;
	/** Guests without a browser, who say what they like. */
	openClient: () => TestClient;
}

const test = base.extend<Fixtures>({
	roost: async ({}, use) => {
		const server = await startRoost({ ROOST_ADMIN_TOKEN: adminToken });
		await use(server);
		await server.stop();
	},
	openTrapped: async ({ openGuest, roost }, use) => {
		const opened: { page: Page; trap: Trap }[] = [];
		await use(async (name, policy, prepare) => {
			const trap: Trap = { runs: [], refusals: [], strangers: [], errors: [] };
			const profile = { bypassCSP: policy === 'without its policy', serviceWorkers: 'block' } as const;
			const guest = await openGuest(name, {
				profile,
				prepare: async (page) => {
					await setTrap(page, new URL(roost.url).host, trap);
					await prepare?.(page);
				}
			});
			opened.push({ page: guest.page, trap });
			return { ...guest, trap };
		});
		for (const { page, trap } of opened) {
			expect(trap).toEqual(untouched);
			expect(page.frames()).toHaveLength(1);
			expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
		}
	},
	openClient: async ({ roost }, use) => {
		const clients: TestClient[] = [];
		await use(() => {
			const client = createTestClient(`http://127.0.0.1:${roost.port}`);
			clients.push(client);
			return client;
		});
		for (const client of clients) await client[Symbol.asyncDispose]();
	}
});

declare global {
	/** Only in pages with a trap. */
	var tellTrap: (kind: 'runs' | 'refusals', what: string) => void;
}

async function setTrap(page: Page, ownHost: string, trap: Trap): Promise<void> {
	await page.exposeFunction('tellTrap', (kind: 'runs' | 'refusals', what: string) => trap[kind].push(what));
	await page.addInitScript(() => {
		globalThis.alert = () => globalThis.tellTrap('runs', 'alert');
		addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
			globalThis.tellTrap('refusals', `${violatedDirective} ${blockedURI} ${sample}`)
		);
	});
	// a frame has an alert of its own
	page.on('dialog', (dialog) => {
		trap.runs.push(dialog.type());
		void dialog.dismiss();
	});
	page.on('popup', (popup) => trap.runs.push(popup.url()));
	page.on('pageerror', ({ message }) => trap.errors.push(message));
	await page.route(
		({ protocol, host }) => protocol.startsWith('http') && host !== ownHost,
		(route) => {
			trap.strangers.push(route.request().url());
			return route.abort();
		}
	);
}

/** Halves of a pair of surrogates cannot travel, and a zero cannot be kept: they arrive as the mark for what is no letter. */
const arrived = (text: string) => text.replace(/\p{Surrogate}|\0/gu, '\ufffd');

/** Things come within milliseconds, and there are many to wait for. */
const intervals = [10, 20, 40, 80, 160, 320];

/** Waits until each text is the whole text of something there. */
async function expectLiterally(region: Locator, texts: readonly string[], what: string): Promise<void> {
	const missing = async () => {
		const shown = await region.evaluate((root) =>
			[root, ...root.querySelectorAll('*')].map(({ textContent }) => textContent.trim())
		);
		const there = new Set(shown.map(arrived));
		return texts.filter((text) => !there.has(arrived(text)));
	};
	await expect.poll(missing, { message: what, timeout: 20_000, intervals }).toEqual([]);
}

/** The order of the results is that of the items. */
async function fewAtOnce<Item, Result>(
	items: readonly Item[],
	work: (item: Item, index: number) => Promise<Result>
): Promise<Result[]> {
	const results: Result[] = [];
	for (let done = 0; done < items.length; done += 8) {
		const some = items.slice(done, done + 8);
		results.push(...(await Promise.all(some.map((item, index) => work(item, done + index)))));
	}
	return results;
}

/** How a message is read: of the marks in the texts, the chat knows one, which makes the name of a property bold. */
const asRead = (text: string) => text.trim().replace(/(?<![\w{])__(\w+?)__(?![\w}])/g, '$1');

const withoutDevices = 'Join without camera or mic';
const chatOf = ({ messages }: Guest) => messages;

test('given the texts, when a page takes them for markup, then the traps go off', async ({
	browser,
	roost
}) => {
	const { host } = new URL(roost.url);
	// all but the one that would take the page away from here
	const harmless = hostileTexts.filter((text) => !text.includes('refresh'));
	const caught = async (bypassCSP: boolean) => {
		const trap: Trap = { runs: [], refusals: [], strangers: [], errors: [] };
		const page = await (await browser.newContext({ bypassCSP, serviceWorkers: 'block' })).newPage();
		await setTrap(page, host, trap);
		await page.goto(`${roost.url}/call/demo`);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Demo');
		await page.evaluate((texts) => {
			for (const text of texts) {
				const box = document.body.appendChild(document.createElement('div'));
				try {
					box.innerHTML = text;
				} catch {
					// what the policy does not even let in is told to the trap by the browser
				}
			}
		}, harmless);
		const kind = bypassCSP ? 'runs' : 'refusals';
		await expect.poll(() => trap[kind].length, { message: kind }).toBeGreaterThan(10);
		await page.context().close();
		return trap;
	};

	expect(hostileTexts.length).toBeGreaterThanOrEqual(60);
	const withPolicy = await caught(false);
	expect(withPolicy.runs).toEqual([]);
	expect((await caught(true)).strangers).not.toEqual([]);
});

test('given two in a call, when they write the texts, then each reads what the other wrote, and nothing runs', async ({
	openTrapped
}) => {
	const ann = await openTrapped('<img src=x onerror=alert(1)>', 'with its policy');
	const ben = await openTrapped('"><script>alert(1)</script>', 'without its policy');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);

	// as many as one guest may write at once
	const [annWrites, benWrites] = [hostileTexts.slice(0, 30), hostileTexts.slice(-30)];
	const write = async (guest: Guest, texts: readonly string[]) => {
		for (const text of texts) await guest.say(text);
	};
	await Promise.all([write(ann, annWrites), write(ben, benWrites)]);

	const texts = [...annWrites, ...benWrites].map(asRead);
	await expectLiterally(chatOf(ann), texts, 'what the one reads');
	await expectLiterally(chatOf(ben), texts, 'what the other reads');
	await expectLiterally(ann.participants, [ben.name], 'the name in the call');
	await expectLiterally(ben.participants, [ann.name], 'the name in the call');
});

test('given guests and bots with the texts as names, when they say and change them and are spoken to, then all of it is read as it is', async ({
	openTrapped,
	openClient
}) => {
	const readers = [
		await openTrapped('Ann', 'with its policy'),
		await openTrapped('Ben', 'without its policy')
	];
	for (const reader of readers) {
		await reader.join(withoutDevices);
		await reader.press('Chat');
	}
	const expectBoth = async (texts: readonly string[], what: string) => {
		for (const reader of readers) await expectLiterally(chatOf(reader), texts, `${reader.name}: ${what}`);
	};

	// a message that becomes the text, by somebody with that name
	const written = await fewAtOnce(hostileTexts, async (text, index) => {
		const guest = openClient();
		const { actorId } = await guest.joinRoom('demo', names[index]);
		const { data } = await guest.talk('POST', 'v1/chat/demo', { message: `before ${index}` });
		const { id } = data as { id: number };
		expect((await guest.talk('PUT', `v1/chat/demo/${id}`, { message: text })).status).toBe(200);
		expect((await guest.talk('POST', `v1/reaction/demo/${id}`, { reaction: text })).status).toBe(400);
		return { id, actorId };
	});
	await expectBoth([...names, ...hostileTexts.map(asRead)], 'names and changed messages');

	// answers that speak to each of them
	for (let done = 0; done < written.length; done += 30) {
		const guest = openClient();
		await guest.joinRoom('demo', 'Cleo');
		for (const { id, actorId } of written.slice(done, done + 30)) {
			const message = `@"guest/${actorId}"`;
			expect((await guest.talk('POST', 'v1/chat/demo', { message, replyTo: id })).status).toBe(201);
		}
	}
	await expectBoth(
		names.map((name) => `@${name}`),
		'mentions'
	);

	// bots of that name
	await fewAtOnce(hostileTexts, (text, index) => sayAsBot(openClient(), names[index] ?? '', text));
	await expectBoth([...names, ...hostileTexts.map(asRead)], 'names and messages of bots');
});

/** A bot that only speaks, registered by the administrator and let into the room. */
async function sayAsBot(client: TestClient, name: string, message: string): Promise<void> {
	const bots = '/ocs/v2.php/apps/spreed/api/v1/bot';
	const headers = { authorization: `Bearer ${adminToken}` };
	const [secret, url] = [
		randomBytes(32).toString('hex'),
		`http://127.0.0.1/${randomBytes(8).toString('hex')}`
	];
	const body = { name, secret, url, description: message, features: 2 };
	const installed = await client.request('POST', `${bots}/admin`, { headers, body });
	expect(installed.status).toBe(201);
	const { ocs } = (await installed.json()) as { ocs: { data: { id: number } } };
	await client.request('POST', `${bots}/demo/${ocs.data.id}`, { headers });
	const random = randomBytes(32).toString('hex');
	// signed is what travels: in UTF-8 there are no halves of letters
	const signature = createHmac('sha256', secret).update(random).update(message).digest('hex');
	const proof = { 'x-nextcloud-talk-bot-random': random, 'x-nextcloud-talk-bot-signature': signature };
	const said = await client.request('POST', `${bots}/demo/message`, { headers: proof, body: { message } });
	expect(said.status).toBe(201);
}

test('given somebody in a call, when they are called and react with the texts, then tiles, lists and notices show them as they are', async ({
	openTrapped,
	openClient
}) => {
	const ann = await openTrapped('Ann', 'with its policy');
	const ben = await openTrapped('Ben', 'without its policy');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	await ben.press('People');
	const people = ben.page.getByRole('complementary', { name: /^People/ });
	const expectAll = (texts: readonly string[], listed: readonly string[]) =>
		Promise.all([
			expectLiterally(ann.participants, texts, 'what Ann sees'),
			expectLiterally(ben.participants, texts, 'what Ben sees'),
			expectLiterally(people, listed, 'who is in the list')
		]);

	// one has no name but what the session says of itself, the other has one
	const [eve, mal] = [openClient(), openClient()];
	const { socket, sessionId } = await eve.enter('demo');
	const present = await socket.nextEvent('room', 'join');
	if (present.target !== 'room' || present.type !== 'join') throw new Error(`not ${JSON.stringify(present)}`);
	const others = present.join.filter((entry) => entry.sessionid !== sessionId);
	expect(others).toHaveLength(2);
	await mal.enter('demo');
	for (const client of [eve, mal]) await client.talk('POST', 'v4/call/demo', { flags: 1 });
	const tell = (data: object) => {
		for (const other of others) socket.sendTo(other.sessionid, { roomType: 'video', ...data });
	};

	for (const [index, text] of hostileTexts.entries()) {
		const [claimed, given] = [names[index] ?? '', names.at(index - 1) ?? ''];
		tell({ type: 'nickChanged', payload: { name: claimed } });
		tell({ type: 'reaction', payload: { reaction: text } });
		await mal.talk('POST', 'v1/guest/demo/name', { displayName: given });
		await expectAll([claimed, given, text.trim()], [claimed, given]);
	}
	for (const name of names.filter((_, index) => index % 15 === 9)) {
		tell({ type: 'nickChanged', payload: { name } });
		await expectAll([name], [name]);
		tell({ type: 'raiseHand', payload: { state: true, timestamp: 1 } });
		await expect(ann.page.getByText(`\u2068${name}\u2069 raised a hand`).first()).toBeAttached();
		tell({ type: 'raiseHand', payload: { state: false } });
		await expect(ann.participants.getByRole('listitem', { name: /hand raised/ })).toHaveCount(0);
	}
});

test('given devices with the texts as labels, when one is to be chosen, then they are named so', async ({
	openTrapped
}) => {
	const labels = hostileTexts.map((text) => inField(text, 2_000));
	const nameDevices = (page: Page) =>
		page.addInitScript((all) => {
			const { mediaDevices } = navigator;
			const list = mediaDevices.enumerateDevices.bind(mediaDevices);
			mediaDevices.enumerateDevices = async () => {
				const real = (await list()).filter(({ kind }) => kind === 'audioinput');
				const named = all.map((label, index) => ({
					kind: 'audioinput',
					groupId: '',
					label,
					deviceId: `${index}`
				}));
				return [...real.slice(0, 1), ...named] as MediaDeviceInfo[];
			};
		}, labels);

	for (const policy of ['with its policy', 'without its policy'] as const) {
		const { page } = await openTrapped('Ann', policy, nameDevices);
		await expectLiterally(page.getByRole('combobox', { name: 'Microphone' }), labels, policy);
	}
});

test('given rooms with the texts as names, when their pages, titles and the list at home show them, then as they are', async ({
	openTrapped,
	openClient
}) => {
	const names = hostileTexts.map((text) => inField(text, roomNameCharacters));
	const withoutMedia = (page: Page) =>
		page.addInitScript(() => {
			navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'));
		});
	const administrator = openClient();
	const order = async (method: string, path: string, body: object) => {
		const url = `/ocs/v2.php/apps/spreed/api/v4/room${path}`;
		const headers = { authorization: `Bearer ${adminToken}` };
		const answer = await administrator.request(method, url, { headers, body });
		expect(answer.ok).toBe(true);
		return (await answer.json()) as { ocs: { data: { token: string } } };
	};

	const rooms = await fewAtOnce(names, async (roomName) => {
		const { ocs } = await order('POST', '', { roomType: 3, roomName });
		await order('PUT', `/${ocs.data.token}/description`, { description: roomName });
		return { roomName, token: ocs.data.token };
	});

	/** Each at home, on the page before the call, and in the title; the last one in the call as well. */
	const visit = async (policy: 'with its policy' | 'without its policy', seen: typeof rooms) => {
		const guest = await openTrapped('Ann', policy, withoutMedia);
		const { page } = guest;
		const heading = page.getByRole('heading', { level: 1 });
		await guest.join(withoutDevices);
		await guest.leave();
		for (let done = 0; done < seen.length; done += 19) {
			const some = seen.slice(done, done + 19);
			await page.evaluate(rememberRooms, some);
			await page.goto(new URL('/', page.url()).href);
			const listed = some.map(({ roomName }) => roomName);
			await expectLiterally(page.getByRole('main'), listed, 'rooms at home');
			for (const { roomName, token } of some) {
				// as a press on the link does, without waiting for it to stand still
				await page.locator(`a[href$="/call/${token}"]`).dispatchEvent('click');
				await expectLiterally(heading, [roomName], 'the name of the room');
				await expect
					.poll(async () => arrived(await page.title()), { intervals })
					.toContain(arrived(titled(roomName)));
				await page.goBack({ waitUntil: 'commit' });
			}
		}
		const last = seen.at(-1);
		await page.locator(`a[href$="/call/${last?.token}"]`).click();
		await guest.join(withoutDevices);
		await expectLiterally(heading, [last?.roomName ?? ''], 'the name in the call');
		await guest.leave();
	};
	await Promise.all([
		visit(
			'with its policy',
			rooms.filter((_, index) => index % 2 === 0)
		),
		visit(
			'without its policy',
			rooms.filter((_, index) => index % 2 === 1)
		)
	]);
});

/** What `document.title` makes of white space. */
const titled = (name: string) => name.replace(/[\t\n\f\r ]+/g, ' ').trim();

/** Puts rooms beside those that the page remembers: to have been in each of them would take long. */
async function rememberRooms(found: readonly { roomName: string; token: string }[]): Promise<void> {
	const database = await new Promise<IDBDatabase>((resolve, reject) => {
		const request = indexedDB.open('roost');
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(new Error(request.error?.message));
	});
	const rooms = database.transaction('recentRooms', 'readwrite').objectStore('recentRooms');
	const [first] = await new Promise<{ account: string }[]>((resolve) => {
		const request = rooms.getAll();
		request.onsuccess = () => resolve(request.result as { account: string }[]);
	});
	for (const { roomName, token } of found) {
		rooms.put({ ...first, token, roomName, ownName: roomName, lastJoinedAt: Date.now() });
	}
	await new Promise((resolve) => rooms.transaction.addEventListener('complete', resolve));
	database.close();
}

test('given a server that says the texts, when they name people and things or explain a failure, then they are text or not shown', async ({
	openTrapped,
	roost
}) => {
	const all = hostileTexts.join(' | ');
	const ocs = (data: unknown, statuscode = 200) => ({
		status: statuscode,
		json: { ocs: { meta: { status: 'failure', statuscode, message: all }, data } }
	});
	const parameters = (text: string) =>
		Object.fromEntries(
			['actor', 'file', '__proto__', 'constructor'].map((key) => [
				key,
				{
					type: key === 'actor' ? 'guest' : text,
					id: text,
					name: text,
					link: text,
					mimetype: text,
					'icon-url': text
				}
			])
		);
	const history = hostileTexts.map((text, index) => ({
		id: 10_000 - index,
		token: 'demo',
		actorType: text,
		actorId: text,
		actorDisplayName: text,
		timestamp: 1_700_000_000,
		message: '{actor} {file} {__proto__} {constructor} {toString}',
		messageParameters: parameters(text),
		messageType: index % 2 === 0 ? 'comment' : 'system',
		systemMessage: index % 2 === 0 ? '' : text,
		referenceId: text,
		reactions: { [text]: 1 }
	}));

	const read = async (policy: 'with its policy' | 'without its policy') => {
		const reader = await openTrapped('Ann', policy, (page) =>
			page.route('**/v1/chat/demo?*lookIntoFuture=0*', (route) => route.fulfill(ocs(history)))
		);
		await reader.join(withoutDevices);
		await reader.press('Chat');
		await expectLiterally(
			chatOf(reader),
			hostileTexts.filter((_, index) => index % 2 === 0),
			'names of people and things'
		);
		await expectLiterally(
			chatOf(reader),
			hostileTexts.filter((_, index) => index % 2 === 1),
			'names in system messages'
		);
		const hrefs = await chatOf(reader)
			.getByRole('link')
			.evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
		expect(hrefs.filter((protocol) => !/^https?:$/.test(protocol))).toEqual([]);

		let status = 500;
		const { page } = await openTrapped('Ben', policy, (page) =>
			page.route('**/v4/room/demo*', (route) => route.fulfill(ocs({ error: all, message: all }, status)))
		);
		for (status of [403, 404, 429, 500, 503]) {
			await page.reload();
			await expect(page.getByText(/R-[A-Z]+-?[A-Z0-9]*/).first(), `after ${status}`).toBeVisible();
			expect(await page.content()).not.toContain('alert(1)');
			expect(new URL(page.url()).host).toBe(new URL(roost.url).host);
		}
	};
	await Promise.all([read('with its policy'), read('without its policy')]);
});

test('given a server whose messages are marked up, answer, and carry files and polls with the texts, when they are read, then as they are', async ({
	openTrapped
}) => {
	const ocs = (data: unknown) => ({
		json: { ocs: { meta: { status: 'ok', statuscode: 200, message: '' }, data } }
	});
	const written = (id: number, message: string, more: object = {}) => ({
		id,
		token: 'demo',
		actorType: 'guests',
		actorId: 'eve',
		actorDisplayName: 'Eve',
		timestamp: 1_700_000_000,
		message,
		messageParameters: [],
		...more
	});
	const history = hostileTexts.map((text, index) => {
		const marked = `[x](${text}) **${text}**\n> ${text}\n- ${text}\n\n\`\`\`${text}\n${text}\n\`\`\``;
		const file = {
			type: 'file',
			id: text,
			name: `file ${text}`,
			link: text,
			mimetype: 'image/png',
			size: text
		};
		const object = { type: 'talk-poll', id: `${index}`, name: `poll ${text}` };
		return written(10_000 - index, marked, {
			markdown: true,
			messageParameters: { file, object },
			reactions: { [text]: 1 },
			parent: written(index + 1, `quote ${text}`)
		});
	});
	const pollOf = (address: string) => {
		const id = Number(new URL(address).pathname.split('/').at(-1));
		const text = hostileTexts[id] ?? '';
		const options = [`option ${text}`, 'other'];
		return { id, question: `asked ${text}`, options, status: 0, resultMode: 0, maxVotes: 1, votedSelf: [] };
	};

	const read = async (policy: 'with its policy' | 'without its policy') => {
		const { messages, ...reader } = await openTrapped('Ann', policy, async (opened) => {
			await opened.route('**/v1/chat/demo?*lookIntoFuture=0*', (route) => route.fulfill(ocs(history)));
			await opened.route('**/v1/poll/demo/*', (route) => route.fulfill(ocs(pollOf(route.request().url()))));
		});
		await reader.join(withoutDevices);
		await reader.press('Chat');
		const expectAll = async (what: string, texts: readonly string[] = hostileTexts) =>
			expectLiterally(
				messages,
				texts.map((text) => `${what} ${text}`.trim()),
				what
			);
		await expectAll('file');
		await expectAll('asked');
		await expectAll('option');
		// a quote is cut
		await expectAll(
			'quote',
			hostileTexts.filter((text) => text.length < 150)
		);
		await expectLiterally(
			messages,
			hostileTexts.map((text) => text.trim()),
			'code'
		);
		const links = await messages
			.getByRole('link')
			.evaluateAll((all) =>
				all.map((link) => [(link as HTMLAnchorElement).protocol, link.getAttribute('rel')])
			);
		expect(
			links.filter(
				([protocol, rel]) => !/^(https?|mailto):$/.test(protocol ?? '') || !rel?.includes('noopener')
			)
		).toEqual([]);
		await expect(messages.locator('img, iframe, script, object, embed')).toHaveCount(0);
	};
	await Promise.all([read('with its policy'), read('without its policy')]);
});
