import { upstreamError, UpstreamError, type Upstream, type UpstreamProblem } from './upstream.ts';

/** An upstream that answered this short a time ago is taken to be there still. */
const freshMs = 15_000;

type Unreadiness = UpstreamProblem | 'upstream-maintenance' | 'upstream-failing';

/** @returns what tells whether the upstream answers: from what it answered lately, or else by asking it */
export function createReadiness(upstream: Upstream): () => Promise<Unreadiness | undefined> {
	let looking: Promise<Unreadiness | undefined> | undefined;

	async function look(): Promise<Unreadiness | undefined> {
		try {
			const { status, headers, body } = await upstream.ask({
				method: 'GET',
				target: '/ocs/v2.php/cloud/capabilities?format=json',
				headers: { 'ocs-apirequest': 'true', accept: 'application/json' },
				wait: 'usual'
			});
			body.destroy();
			if (headers['x-nextcloud-maintenance-mode'] === '1') return 'upstream-maintenance';
			return status === 200 ? undefined : 'upstream-failing';
		} catch (error) {
			if (error instanceof UpstreamError) return error.problem;
			throw upstreamError(error);
		}
	}

	return async () => {
		if (upstream.silenceMs() < freshMs) return undefined;
		looking ??= look().finally(() => (looking = undefined));
		return looking;
	};
}
