import { createActor, waitFor } from 'xstate';
import { peerConnectionActor, relayActor, type StateCodec } from '../src/lib/domain/call/edges.ts';
import { groupCallMachine } from '../src/lib/domain/call/group-call-machine.ts';
import type { CallPorts, GroupCallInput } from '../src/lib/domain/call/group-call/setup.ts';
import { memberMachine } from '../src/lib/domain/call/member-machine.ts';
import { peerCallMachine } from '../src/lib/domain/call/peer-call-machine.ts';
import type { PeerConnections } from '../src/lib/domain/call/peer-connection.ts';

type Who = Omit<GroupCallInput, 'ports'>;
type Adapters = { ports: CallPorts; connections: PeerConnections; codec: StateCodec };

/** A call without a page: your adapters in, an actor out. */
export function openHeadlessCall({ ports, connections, codec }: Adapters, who: Who) {
	const pc = peerConnectionActor(connections, codec);
	const peerCall = peerCallMachine.provide({ actors: { pc, transport: relayActor } });
	const member = memberMachine.provide({ actors: { peerCall } });
	const machine = groupCallMachine.provide({ actors: { member } });
	// the edges report to it by this name
	const call = createActor(machine, { systemId: 'call', input: { ...who, ports } });
	return {
		call,
		join: () => waitFor(call.start(), (snapshot) => snapshot.matches('joined')),
		leave: async () => {
			call.send({ type: 'LEAVE' });
			return (await waitFor(call, (snapshot) => snapshot.status === 'done')).output;
		}
	};
}
