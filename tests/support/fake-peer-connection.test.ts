import { expect, it } from 'vitest';
import { FakeMediaStream, fakeTrack } from './fake-media.ts';
import { FakeNetwork } from './fake-network.ts';
import { peerConnectionContract } from './peer-connection-contract.ts';

const cases = peerConnectionContract(() => ({
	open: new FakeNetwork().open,
	openTrack: async (kind) => fakeTrack(kind),
	createStream: (tracks) => new FakeMediaStream(tracks)
}));

for (const { name, run } of cases) it(name, run);
it('has a contract', () => expect(cases.length).toBeGreaterThan(20));
