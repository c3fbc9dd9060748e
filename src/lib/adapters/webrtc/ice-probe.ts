import type { IceEvidence, IceTarget } from '../../domain/check/evidence.ts';

/** Browsers give up on a server by themselves after about this time; Firefox says nothing when it does. */
const probeMs = 8_000;
/** What browsers report for a server that does not answer. */
const unreachable = 701;

/** As much of a connection as gathering takes. */
export interface GatheringConnection extends Pick<
	RTCPeerConnection,
	'addEventListener' | 'iceGatheringState'
> {
	createDataChannel(label: string): unknown;
	createOffer(): Promise<RTCSessionDescriptionInit>;
	setLocalDescription(offer: RTCSessionDescriptionInit): Promise<void>;
	close(): void;
}

/**
 * Asks one STUN or TURN server by gathering candidates from it alone. For TURN this is a real allocation, over the way
 * that its address names.
 */
export function probeIceWith(
	createConnection: (configuration: RTCConfiguration) => GatheringConnection,
	now: () => number
) {
	return async (target: IceTarget): Promise<IceEvidence> => {
		let connection: GatheringConnection;
		try {
			const { url, username, credential } = target;
			const isTurn = target.kind === 'turn';
			connection = createConnection({
				iceServers: [isTurn ? { urls: [url], username, credential } : { urls: [url] }],
				...(isTurn && { iceTransportPolicy: 'relay' })
			});
		} catch {
			return { kind: 'unusable' };
		}
		try {
			return await gather(connection, target, now);
		} finally {
			connection.close();
		}
	};
}

async function gather(
	connection: GatheringConnection,
	{ kind }: IceTarget,
	now: () => number
): Promise<IceEvidence> {
	const startedAt = now();
	const wanted = kind === 'turn' ? 'relay' : 'srflx';
	let error: number | undefined;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const gathered = new Promise<IceEvidence>((settle) => {
		const ended = () => {
			if (error === undefined) settle({ kind: 'quiet' });
			else if (error === unreachable) settle({ kind: 'silence', why: 'timeout' });
			else settle({ kind: 'refused', code: error });
		};
		connection.addEventListener('icecandidate', ({ candidate }) => {
			if (candidate?.type === wanted)
				settle({ kind: 'reached', ms: Math.round(now() - startedAt), relay: null });
		});
		// a refusal says more than the silence of another of our addresses
		connection.addEventListener('icecandidateerror', ({ errorCode }) => {
			if (error === undefined || error === unreachable) error = errorCode;
		});
		connection.addEventListener('icegatheringstatechange', () => {
			if (connection.iceGatheringState === 'complete') ended();
		});
		timer = setTimeout(() => {
			if (error === undefined) settle({ kind: 'silence', why: 'timeout' });
			else ended();
		}, probeMs);
	});
	connection.createDataChannel('check');
	await connection.setLocalDescription(await connection.createOffer());
	const evidence = await gathered;
	clearTimeout(timer);
	return evidence;
}
