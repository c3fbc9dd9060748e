import { testRelay } from './support/relay.ts';
import { test } from './support/stack.ts';

test.use({ media: 'mesh', turn: 'relay' });

testRelay('nothing else', 1);
