import { test } from './support/stack.ts';
import { wholeCall } from './support/whole-call.ts';

test.use({ media: 'mesh' });

test('given a signaling server without a media server, when three have a call, then all goes as it should until nothing is left', async ({
	openGuest
}) => {
	await wholeCall(openGuest);
});
