import { testRelay } from './support/relay.ts';
import { test } from './support/stack.ts';

test.use({ turn: 'relay' });

// one to send and one to receive
testRelay('the media server', 2);
