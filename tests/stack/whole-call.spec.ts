import { test } from './support/stack.ts';
import { wholeCall } from './support/whole-call.ts';

test('given a media server, when three have a call over it, then all goes as it should until nothing is left', async ({
	openGuest
}) => {
	await wholeCall(openGuest);
});
