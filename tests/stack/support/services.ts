import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createService, isListening, type Service } from './service.ts';

/** The one address of the namespace that is not loopback. */
const mediaAddress = '10.77.0.1';
const mediaInterface = 'media0';
const ports = { signaling: 8081, janus: 8188, nats: 4222, turn: 3478, roost: 8090 };

export const signalingUrl = `http://127.0.0.1:${ports.signaling}`;
export const roostPort = ports.roost;
export const turnUrls = ['udp', 'tcp'].map((way) => `turn:${mediaAddress}:${ports.turn}?transport=${way}`);

/** Made anew for each run. */
interface StackSecrets {
	backend: string;
	turn: string;
}
export const newSecret = () => randomBytes(32).toString('hex');

export interface Services {
	nats: Service;
	janus: Service;
	turn: Service;
	signaling: Service;
}

interface StackSetting {
	directory: string;
	/** path of the signaling server's program */
	signalingServer: string;
	media: 'server' | 'mesh';
	secrets: StackSecrets;
}

/** The servers beside Roost, with what they are configured by. */
export function createServices({ directory, signalingServer, media, secrets }: StackSetting): Services {
	const file = (name: string, text: string) => {
		const path = join(directory, name);
		writeFileSync(path, text, { mode: 0o600 });
		return path;
	};
	return {
		nats: createService({
			name: 'NATS',
			command: 'nats-server',
			args: ['-c', file('nats.conf', `listen: "127.0.0.1:${ports.nats}"\n`)],
			isReady: () => isListening('127.0.0.1', ports.nats)
		}),
		janus: createService({
			name: 'Janus',
			command: 'janus',
			args: ['-F', janusFolder(directory)],
			isReady: () => isListening('127.0.0.1', ports.janus)
		}),
		turn: createService({
			name: 'coturn',
			command: 'turnserver',
			args: ['-c', file('turn.conf', turnConfig(directory, secrets))],
			isReady: () => isListening(mediaAddress, ports.turn)
		}),
		signaling: createService({
			name: 'signaling server',
			command: signalingServer,
			args: ['-config', file('signaling.conf', signalingConfig(media, secrets))],
			isReady: () => hasFeature(media === 'server' ? 'mcu' : 'incall-all')
		})
	};
}

/** It names the media server only once that has answered. */
async function hasFeature(feature: string): Promise<boolean> {
	const { headers } = await fetch(`${signalingUrl}/api/v1/welcome`);
	const features = headers.get('x-spreed-signaling-features') ?? '';
	return features.split(',').some((name) => name.trim() === feature);
}

/** Only the plugin and the transport that are needed: as packaged it would load all there are. */
function janusFolder(directory: string): string {
	const folder = join(directory, 'janus');
	const libraries = librariesOfJanus();
	for (const kind of ['plugins', 'transports', 'events', 'loggers'])
		mkdirSync(join(folder, kind), { recursive: true });
	const link = (kind: string, name: string) => {
		symlinkSync(join(libraries, kind, name), join(folder, kind, name));
	};
	link('plugins', 'libjanus_videoroom.so');
	link('transports', 'libjanus_websockets.so');
	const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
	const folders = ['configs', 'plugins', 'transports', 'events', 'loggers']
		.map((kind) => `\t${kind}_folder = "${kind === 'configs' ? folder : join(folder, kind)}"`)
		.join('\n');
	write(
		'janus.jcfg',
		`general: {
${folders}
	debug_level = 4
	debug_colors = false
	admin_secret = "${newSecret()}"
}
media: { rtp_port_range = "20000-24999" }
nat: {
	full_trickle = true
	ice_enforce_list = "${mediaInterface}"
}
`
	);
	write(
		'janus.transport.websockets.jcfg',
		`general: { ws = true, ws_port = ${ports.janus}, ws_ip = "127.0.0.1", wss = false }
admin: { admin_ws = false }
`
	);
	write('janus.plugin.videoroom.jcfg', 'general: { }\n');
	return folder;
}

function librariesOfJanus(): string {
	const architectures = readdirSync('/usr/lib', { withFileTypes: true }).map(
		({ name }) => `/usr/lib/${name}/janus`
	);
	const found = ['/usr/lib/janus', ...architectures].find((folder) =>
		existsSync(join(folder, 'plugins/libjanus_videoroom.so'))
	);
	if (found === undefined) throw new Error('the videoroom plugin of Janus was not found');
	return found;
}

const turnConfig = (directory: string, { turn }: StackSecrets) => `listening-ip=${mediaAddress}
relay-ip=${mediaAddress}
listening-port=${ports.turn}
min-port=30000
max-port=34999
realm=roost.invalid
use-auth-secret
static-auth-secret=${turn}
fingerprint
no-tls
no-dtls
no-cli
pidfile=${join(directory, 'turn.pid')}
userdb=${join(directory, 'turn.db')}
log-file=stdout
simple-log
`;

const signalingConfig = (media: 'server' | 'mesh', { backend }: StackSecrets) => `[http]
listen = 127.0.0.1:${ports.signaling}

[sessions]
hashkey = ${randomBytes(16).toString('hex')}
blockkey = ${randomBytes(16).toString('hex')}

[clients]
internalsecret = ${newSecret()}

[backend]
backends = roost
allowall = false
timeout = 5
connectionsperhost = 8

[roost]
url = http://localhost:${ports.roost}
secret = ${backend}

[nats]
url = nats://127.0.0.1:${ports.nats}

[mcu]
${media === 'server' ? `type = janus\nurl = ws://127.0.0.1:${ports.janus}` : ''}
`;
