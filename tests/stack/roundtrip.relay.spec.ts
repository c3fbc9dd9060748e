import { expectSpeech } from './support/roundtrip.ts';
import { test } from './support/stack.ts';

test.use({ turn: 'relay' });
test.setTimeout(180_000);

test('given speech, when it has to go through the TURN server, then it is heard and understood', async ({
	roost,
	room
}) => {
	await expectSpeech(`${roost.url}/call/${room}`, /^relay\/(udp|tcp)/, '--relay');
});
