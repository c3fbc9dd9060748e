import { audioContract } from './audio-contract.ts';
import { captureContract } from './capture-contract.ts';
import type { ContractCase } from './contract.ts';
import { edgeContract } from './edge-contract.ts';
import { peerConnectionContract, type ContractPlatform } from './peer-connection-contract.ts';

/* What runs inside a real browser: bundled by the end-to-end test and loaded into an empty page. */

const createStream = (tracks: MediaStreamTrack[]) => new MediaStream(tracks);
const makePlatform = (): ContractPlatform => ({
	open: (configuration) => new RTCPeerConnection(configuration),
	openTrack: async (kind) => {
		const [track] = (await navigator.mediaDevices.getUserMedia({ [kind]: true })).getTracks();
		if (!track) throw new Error(`no ${kind} track was opened`);
		return track;
	},
	createStream
});
const contracts: Record<string, ContractCase[]> = {
	'peer connection': peerConnectionContract(makePlatform),
	'peer connection adapter': edgeContract(makePlatform),
	'capture devices': captureContract(() => ({ browser: navigator, createStream })),
	sound: audioContract()
};

declare global {
	var roostContract: { list: () => [contract: string, names: string[]][]; run: typeof run } | undefined;
}

async function run(contract: string, name: string): Promise<void> {
	const found = contracts[contract]?.find((one) => one.name === name);
	if (!found) throw new Error(`${contract} has no case "${name}"`);
	await found.run();
}

globalThis.roostContract = {
	list: () => Object.entries(contracts).map(([contract, cases]) => [contract, cases.map(({ name }) => name)]),
	run
};
