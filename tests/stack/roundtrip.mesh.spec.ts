import { expectSpeech } from './support/roundtrip.ts';
import { test } from './support/stack.ts';

test.use({ media: 'mesh' });
test.setTimeout(180_000);

test('given speech, when it goes from browser to browser, then it is heard and understood', async ({
	roost,
	room
}) => {
	await expectSpeech(`${roost.url}/call/${room}`, /^host\/udp → host\/udp$/);
});
