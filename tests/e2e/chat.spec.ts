import { expect, test, type Guest } from '../support/guest.ts';
import { createCut } from '../support/roost-server.ts';

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

/** Somebody new knows nothing but what the server keeps. */
async function expectOnceInHistory(open: (name: string) => Promise<Guest>, text: string): Promise<void> {
	const reader = await open('Reader');
	await reader.join(withoutDevices);
	await reader.press('Chat');
	await expect(reader.messages.getByText('Reader joined the call')).toBeVisible();
	await expect(message(reader, text)).toHaveCount(1);
}
