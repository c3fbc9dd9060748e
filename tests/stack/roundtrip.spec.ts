import { expectSpeech } from './support/roundtrip.ts';
import { test } from './support/stack.ts';

test.setTimeout(180_000);

test('given speech, when it goes through the media server, then it is heard and understood', async ({
	roost,
	room
}) => {
	await expectSpeech(`${roost.url}/call/${room}`, /^host\/udp/);
});
