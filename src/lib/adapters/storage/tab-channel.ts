import * as v from 'valibot';
import type { OpenTabChannel, TabMessage } from '../../domain/store/tab-channel.ts';
import { RoomToken } from '../../protocol/ids.ts';

const name = 'roost.tabs';

const call = { tabId: v.string(), token: RoomToken };
const onOrOff = v.picklist(['on', 'off']);
/** Another tab may run another version of Roost: what it says is read like anything from outside. */
const Message = v.variant('type', [
	v.object({ type: v.literal('TAB_ASKED'), ...call }),
	v.object({ type: v.literal('TAB_ALIVE'), ...call }),
	v.object({ type: v.literal('TAB_TAKE_OVER'), ...call, by: v.string() }),
	v.object({ type: v.literal('TAB_RELEASED'), ...call, by: v.string(), microphone: onOrOff, camera: onOrOff })
]);

type Channel = Pick<BroadcastChannel, 'postMessage' | 'close' | 'onmessage'>;

/**
 * Tabs of one browser speak over a broadcast channel of their origin.
 * @param createChannel `(name) => new BroadcastChannel(name)`; undefined where the browser has none
 */
export function createTabChannels(createChannel: ((name: string) => Channel) | undefined): OpenTabChannel {
	return (hear) => {
		const channel = createChannel?.(name);
		if (channel !== undefined) {
			channel.onmessage = ({ data }: MessageEvent<unknown>) => {
				const { success, output } = v.safeParse(Message, data);
				if (success) hear(output);
			};
		}
		const say = (message: TabMessage) => channel?.postMessage(message);
		return {
			ask: ({ tabId, token }) => say({ type: 'TAB_ASKED', tabId, token }),
			answer: ({ tabId, token }) => say({ type: 'TAB_ALIVE', tabId, token }),
			takeOver: ({ tabId, token }, by) => say({ type: 'TAB_TAKE_OVER', tabId, token, by }),
			release: ({ tabId, token }, by, { microphone, camera }) =>
				say({ type: 'TAB_RELEASED', tabId, token, by, microphone, camera }),
			close: () => channel?.close()
		};
	};
}
