import { expect, test as base, type Guest } from '../support/guest.ts';
import { createCut } from '../support/roost-server.ts';
import { createTestClient, type TestClient } from '../support/test-client.ts';

const test = base.extend<{
	/** Guests without a browser. */
	openClient: () => TestClient;
}>({
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

const withoutDevices = 'Join without camera or mic';
const message = (guest: Guest, text: string) => guest.messages.getByRole('article').filter({ hasText: text });
const chatButton = (guest: Guest) => guest.controls.getByRole('button', { name: 'Chat', exact: true });

test('given two in a call, when both write, then both read it, and so does who comes later', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);

	await ann.say('Hello Ben');
	await ben.say('Hello Ann');

	await expect(message(ann, 'Hello Ann')).toHaveAccessibleName(/^\W*Ben\W/);
	await expect(message(ben, 'Hello Ben')).toHaveAccessibleName(/^\W*Ann\W/);
	const cleo = await openGuest('Cleo');
	await cleo.join(withoutDevices);
	await cleo.press('Chat');
	for (const text of ['Hello Ben', 'Hello Ann', 'Ann started a call', 'Ben joined the call']) {
		await expect(cleo.messages.getByText(text)).toBeVisible();
	}
});

test('given a closed chat, when more was written than fits and it opens, then it begins where that begins', async ({
	openGuest,
	openClient
}) => {
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	const ben = openClient();
	await ben.enter('demo', 'Ben');
	await ann.press('Chat');
	await ben.talk('POST', 'v1/chat/demo', { message: 'Before' });
	await expect(message(ann, 'Before')).toBeVisible();
	await ann.press('Chat');
	for (let line = 1; line <= 20; line++) {
		await ben.talk('POST', 'v1/chat/demo', { message: `Line ${line} of 20\nand more\nand more` });
	}
	await expect(chatButton(ann)).toHaveAccessibleDescription('20 unread messages');

	await ann.press('Chat');

	await expect(message(ann, 'Line 1 of 20')).toBeInViewport();
	await expect(ann.messages.getByText('New', { exact: true })).toBeInViewport();
	await expect(message(ann, 'Line 20 of 20')).not.toBeInViewport();
});

test('given markup in a message, when it is read, then it is text, and only addresses are links', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	const text = `<b>x</b><img src=x onerror="document.title='owned'"> see https://example.org/plan?a=1 or javascript:alert(1)`;

	await ann.say(text);
	await ben.press('Chat');

	await expect(message(ben, text)).toBeVisible();
	await expect(message(ben, text).getByRole('img')).toHaveCount(0);
	const links = message(ben, text).getByRole('link');
	await expect(links).toHaveText(['https://example.org/plan?a=1']);
	await expect(links).toHaveAttribute('href', 'https://example.org/plan?a=1');
	await expect(links).toHaveAttribute('rel', /noopener/);
	await expect(links).toHaveAttribute('target', '_blank');
	expect(await ben.page.title()).not.toBe('owned');
});

test('given a lost connection, when a guest writes, then the message waits and comes exactly once', async ({
	openGuest,
	roost
}) => {
	const wire = await createCut(roost.port);
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben', { at: wire.url });
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	await ann.press('Chat');
	await ben.say('Before');
	await expect(message(ann, 'Before')).toBeVisible();

	wire.cut();
	await ben.say('While away');

	await expect(message(ben, 'While away')).toContainText('Will send when back');
	wire.restore();
	await expect(message(ann, 'While away')).toHaveCount(1, { timeout: 30_000 });
	await expect(message(ben, 'While away')).not.toContainText('Will send when back');
	await expect(message(ben, 'While away')).toHaveCount(1);
	await expectOnceInHistory(openGuest, 'While away');
	await wire.close();
});

test('given an answer that gets lost, when the message is tried again, then it is stored once', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	await ann.page.route(
		'**/api/v1/chat/demo',
		async (route) => {
			await route.fetch();
			await route.abort('connectionreset');
		},
		{ times: 1 }
	);

	await ann.say('Only once');

	await expect(message(ann, 'Only once')).not.toContainText('Sending');
	await expect(message(ann, 'Only once')).toHaveCount(1);
	await expectOnceInHistory(openGuest, 'Only once');
});

test('given a closed chat, when messages come, then their number is told, until they are read', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	await expect(chatButton(ben)).toHaveAccessibleDescription('');

	await ann.say('One');
	await ann.say('Two');

	await expect(chatButton(ben)).toHaveAccessibleDescription('2 unread messages');
	const notice = ben.page.getByRole('button', { name: 'Open chat' });
	await expect(notice).toBeVisible();
	await ben.press('Chat');
	await expect(message(ben, 'Two')).toBeVisible();
	await expect(notice).toHaveCount(0);
	await expect(chatButton(ben)).toHaveAccessibleDescription('');
	await ben.press('Chat');
	await expect(ben.messages).toHaveCount(0);
	await expect(chatButton(ben)).toHaveAccessibleDescription('');
});

test('given half a message, when the chat is closed and opened again, then it is still there', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	const composer = ann.page.getByRole('textbox', { name: 'Message' });
	await ann.press('Chat');
	await composer.fill('Half a thou');

	await ann.page.getByRole('complementary', { name: 'Chat' }).getByRole('button', { name: 'Close' }).click();
	await expect(composer).toHaveCount(0);
	await ann.press('Chat');

	await expect(composer).toHaveValue('Half a thou');
});

/** Opens the menu of a message with the keyboard, and chooses. */
async function choose(guest: Guest, text: string, item: string): Promise<void> {
	await message(guest, text).first().focus();
	await guest.page.keyboard.press('Shift+F10');
	await guest.page.getByRole('menuitem', { name: item, exact: true }).click();
}

test('given two in a call, when one answers, reacts, edits, deletes and speaks to the other, then the other sees it, and so do both after a reload', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	const field = (guest: Guest) => guest.page.getByRole('textbox', { name: 'Message' });
	const seenBy = async (guest: Guest) => {
		const answer = message(guest, 'At noon');
		await expect(answer.getByRole('button', { name: /Show the message/ })).toContainText('Lunch when?');
		await expect(answer.locator('b')).toHaveText('noon');
		await expect(message(guest, 'Lunch when?').first().getByRole('button', { name: /^👍/u })).toBeVisible();
		await expect(message(guest, 'Edited words')).toContainText('edited');
		await expect(message(guest, 'Wrong words')).toHaveCount(0);
		await expect(message(guest, 'Message deleted')).toHaveCount(1);
		await expect(message(guest, 'Never mind')).toHaveCount(0);
	};

	await ann.say('Lunch when?');
	await ben.press('Chat');
	await choose(ben, 'Lunch when?', 'Reply');
	await ben.say('At **noon**');
	await choose(ben, 'Lunch when?', 'React');
	await ben.page.getByRole('menuitem', { name: 'Thumbs up' }).click();
	await ben.say('Wrong words');
	await expect(message(ann, 'Wrong words')).toBeVisible();
	await field(ben).press('ArrowUp');
	await expect(field(ben)).toHaveValue('Wrong words');
	await field(ben).fill('Edited words');
	await ben.page.getByRole('button', { name: 'Save' }).click();
	await ben.say('Never mind');
	await expect(message(ann, 'Never mind')).toBeVisible();
	await choose(ben, 'Never mind', 'Delete');
	await ben.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
	await field(ben).pressSequentially('Look, @An');
	await ben.page.getByRole('option', { name: 'Ann' }).click();
	await field(ben).press('Enter');

	await seenBy(ann);
	await seenBy(ben);
	const spoken = message(ann, 'Look, @Ann');
	await expect(spoken).toHaveAccessibleName(/Mentions you$/);
	await expect(message(ben, 'Look, @Ann')).not.toHaveAccessibleName(/Mentions you/);

	// who reacted is told to who looks; a second press takes it back
	const thumb = (guest: Guest) => message(guest, 'Lunch when?').first().getByRole('button', { name: /^👍/u });
	await thumb(ann).focus();
	await expect(thumb(ann)).toHaveAccessibleName(/Ben/);
	await thumb(ann).click();
	await expect(thumb(ben)).toContainText('2');
	await thumb(ann).click();
	await expect(thumb(ben)).toContainText('1');

	for (const guest of [ann, ben]) {
		await guest.page.reload();
		await expect(guest.controls).toBeVisible();
		if (!(await guest.messages.isVisible())) await guest.press('Chat');
		await seenBy(guest);
	}
});

test('given hundreds of messages, when somebody goes to the one that an answer is about, then it is shown, and the page stays small', async ({
	openGuest,
	openClient
}) => {
	const client = openClient();
	await client.joinRoom('demo', 'Cleo');
	const say = async (text: string, replyTo = 0) => {
		const { data } = await client.talk('POST', 'v1/chat/demo', { message: text, replyTo });
		return (data as { id: number }).id;
	};
	const first = await say('the very first');
	const writers = Array.from({ length: 14 }, (_, index) => ({
		client: openClient(),
		name: `Writer ${index}`
	}));
	for (const [index, writer] of writers.entries()) {
		await writer.client.joinRoom('demo', writer.name);
		for (let count = 0; count < 35; count += 1) {
			await writer.client.talk('POST', 'v1/chat/demo', { message: `words ${index * 35 + count}` });
		}
	}
	await say('this answers the first', first);
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	await ann.press('Chat');
	const size = () => ann.page.evaluate(() => document.querySelectorAll('*').length);

	await message(ann, 'this answers the first')
		.getByRole('button', { name: /Show the message/ })
		.click();

	await expect(message(ann, 'the very first')).toBeFocused();
	await expect(message(ann, 'the very first')).toBeInViewport();
	await expect(ann.messages.getByText('this answers the first')).toHaveCount(0);
	expect(await size()).toBeLessThanOrEqual(1_500);
	await ann.page.getByRole('button', { name: 'To the newest message' }).click();
	await expect(message(ann, 'this answers the first')).toBeInViewport();
	expect(await size()).toBeLessThanOrEqual(1_500);
});

test('given a poll, when two vote, then both see the result', async ({ openGuest, openClient }) => {
	const client = openClient();
	await client.joinRoom('demo', 'Cleo');
	const poll = { question: 'Where to?', options: ['Sea', 'Hills'], resultMode: 0, maxVotes: 1 };
	const asked = await client.talk('POST', 'v1/poll/demo', poll);
	expect(asked.status).toBe(201);
	const guests = [await openGuest('Ann'), await openGuest('Ben')];
	for (const guest of guests) {
		await guest.join(withoutDevices);
		await guest.press('Chat');
		const card = guest.messages.getByRole('group', { name: 'Where to?' });
		await card.getByRole('radio', { name: 'Hills' }).check();
		await card.getByRole('button', { name: 'Vote' }).click();
		await expect(
			card.getByRole('button', { name: 'Vote', description: 'Choose an option first' })
		).toBeVisible();
	}
	for (const guest of guests) {
		const card = guest.messages.getByRole('group', { name: 'Where to?' });
		await expect(card).toContainText('2 votes');
		await expect(card).toContainText('2 people voted');
	}
});

/** Somebody new knows nothing but what the server keeps. */
async function expectOnceInHistory(open: (name: string) => Promise<Guest>, text: string): Promise<void> {
	const reader = await open('Reader');
	await reader.join(withoutDevices);
	await reader.press('Chat');
	await expect(reader.messages.getByText('Reader joined the call')).toBeVisible();
	await expect(message(reader, text)).toHaveCount(1);
}
