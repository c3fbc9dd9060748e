import { test } from './support/stack.ts';
import { wholeCall } from './support/whole-call.ts';

test.use({ signaling: 'internal' });

test('given no signaling server but Roost itself, asked by long poll, when three have a call, then all goes as it should until nothing is left', async ({
	openGuest
}) => {
	await wholeCall(openGuest);
});
