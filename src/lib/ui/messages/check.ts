import type { Hint, Outcome, ProbeName } from '$lib/domain/check/evidence.ts';

/** The words of the connection check: of the page, and of `npm run doctor`. */
export const check = {
	title: 'Check connection',
	lead: 'Looks at everything a call needs, from this device. Your camera and microphone stay off.',
	room: 'Call link or code',
	roomHint: 'A guest named “Connection check” enters this room for a few seconds, not the call.',
	guestName: 'Connection check',
	notALink: 'There is no call link or code of this server in this text',
	start: 'Check',
	again: 'Check again',
	checking: 'Checking…',
	verdicts: {
		well: 'Everything a call needs works',
		doubts: 'Calls work, with limits',
		failures: 'Something is in the way of calls'
	},
	copy: 'Copy report',
	copied: 'Report copied',
	columns: { what: 'What', result: 'Result' },
	results: 'Results',
	states: {
		ok: 'OK',
		warn: 'Warning',
		fail: 'Failed',
		skipped: 'Skipped'
	} satisfies Record<Outcome['state'], string>,
	probes: {
		page: 'Page',
		capabilities: 'Talk server',
		entry: 'Room: enter',
		settings: 'Signaling settings',
		socket: 'Signaling socket',
		hello: 'Signaling: hello',
		features: 'Signaling: features',
		room: 'Signaling: room',
		news: 'Server to signaling',
		clock: 'Clocks',
		stun: 'STUN',
		turn: 'TURN'
	} satisfies Record<ProbeName, string>,
	hints: {
		'server-name': 'The name of the server is not known. Check the address, and the DNS entry of the name.',
		'server-unreachable':
			'Nothing answers at this address. Check that the server runs, its port, and firewalls; Roost listens at HOST and PORT.',
		'server-certificate':
			'The certificate is not valid for this name or not trusted. Renew it, add the intermediate certificates, or trust your own authority (NODE_EXTRA_CA_CERTS).',
		'server-failing':
			'The server, or the proxy in front of it, answers with an error. Check that the proxy has the right address and port of the server, and the server’s log.',
		'server-maintenance': 'The server is in maintenance mode. Wait, or turn that off there.',
		throttled: 'The server asks for a break after too many tries. Wait a few minutes, then check again.',
		'page-missing':
			'The page of calls is not there. Pass all of / from the proxy to Roost, or install Roost below no path.',
		'not-talk':
			'What answers is not Talk. Check the address, and that the proxy passes /ocs/v2.php on; in a Nextcloud, that the app Talk is on.',
		'calls-disabled': 'Calls are turned off on this server. A Nextcloud has a setting for it: Talk, “Calls”.',
		'calls-encrypted':
			'All calls of this server are end-to-end encrypted, which Roost cannot take part in. Turn that off in the settings of Talk.',
		'room-unknown':
			'This server has no such room, or guests may not see it. Check the link; the room must be public.',
		'room-password': 'This room has a password, so the check ends here. Check with a room that has none.',
		'room-lobby':
			'This room has a lobby, so the check ends in front of it. Open the lobby, or check with another room.',
		'room-banned':
			'The server does not let this guest into the room. Lift the ban, or check with another room.',
		'room-occupied':
			'You are in a call of this room with this browser. Leave it first, or check with another room.',
		'settings-refused':
			'The server does not tell how signaling is reached. Check that the room is public and that guests are allowed.',
		'mixed-content':
			'The page is https, but the signaling server has an address without encryption, which browsers refuse. Give it a certificate and an https address.',
		'socket-unreachable':
			'Nothing answers at the address of the signaling server. Check that it runs, its address in the settings, and firewalls. What a page cannot see, npm run doctor tells.',
		'socket-certificate':
			'The certificate of the signaling server is not valid for its name or not trusted. Renew it, or add the intermediate certificates.',
		'socket-upgrade':
			'The server answers, but opens no WebSocket: a proxy in front of it does not upgrade. In nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade".',
		'socket-path':
			'There is no signaling server at this path. Pass /signaling/ (Roost) or /standalone-signaling/ (Nextcloud) on in the proxy.',
		'socket-forbidden':
			'The signaling server does not take a socket from this page. Set ROOST_PUBLIC_URL to the address that browsers use, and pass the Host header on in the proxy.',
		'signaling-down':
			'The proxy does not reach the signaling server behind it. Start it, and check its address in the proxy.',
		'signaling-secret':
			'The signaling server and the server of the rooms have different secrets. Make the secret in the [backend] section equal to ROOST_SIGNALING_SECRET, or to the shared secret in the settings of Talk.',
		'backend-unknown':
			'The signaling server does not know this server. Add its address, exactly as browsers use it, to the backends of the signaling server.',
		'backend-unreachable':
			'The signaling server does not reach the server of the rooms. From its machine, the address in its [backend] section must answer: check DNS, firewall and certificate there.',
		'hello-refused': 'The signaling server refuses guests. Its log says why.',
		'signaling-too-old': 'The signaling server is too old. Update it, best to 2.0 or later.',
		'signaling-older-than-talk':
			'The signaling server is older than this Talk wants. Update it to 2.0 or later.',
		'room-refused': 'The signaling server does not let guests into the room. Its log says why.',
		'news-missing':
			"What happens in the room does not get to the signaling server. The server of the rooms must reach its address; if that is a local one, Nextcloud needs 'allow_local_remote_servers' => true in config.php.",
		'clock-signaling':
			'The clocks of the servers differ by more than a minute. Set them by NTP on the machines of the signaling server and of the server of the rooms.',
		'clock-here': 'The clock of this device and that of the server differ. Set both by NTP.',
		'stun-none':
			'No STUN server is set up: people in different networks do not find a direct way to each other. Set ROOST_STUN_URLS, or the servers in the settings of Talk.',
		'turn-none':
			'No TURN server is set up: people behind strict networks do not reach each other. Set ROOST_TURN_URLS and ROOST_TURN_SECRET, or the servers in the settings of Talk.',
		'stun-unreachable':
			'The STUN server does not answer. Check its address, and that UDP gets there from this network.',
		'stun-quiet':
			'No answer of the STUN server was seen. That is right where there is no address translation; otherwise UDP is blocked.',
		'turn-secret':
			'The TURN server refuses the credentials: the secrets differ. Make ROOST_TURN_SECRET, or the secret in the settings of Talk, equal to static-auth-secret of the TURN server (with use-auth-secret).',
		'turn-expired':
			'The credentials for the TURN server have run out. Set the clock of the server that makes them by NTP.',
		'turn-unreachable':
			'The TURN server does not answer. Check that it runs, its address, and that its port is open in all firewalls.',
		'turn-quiet':
			'The TURN server gave no relay, and this browser does not say why: it is not reached, or the secret is wrong. npm run doctor tells which.',
		'turn-udp-blocked':
			'UDP does not get to the TURN server, another way does. Calls work, a bit slower: open its UDP port in the firewall.',
		'turn-way-blocked':
			'The TURN server does not answer over this way, another one works. Open the port, or take this address out.',
		'turn-certificate':
			'The certificate of the TURN server is not valid for its name or not trusted. Renew cert and pkey of the TURN server.',
		'turn-refused':
			'The TURN server takes the credentials but gives no relay. Its log says why: quotas, denied addresses, or no free ports.',
		'turn-relay-private':
			'The TURN server gives out relays with a private address, which nobody outside reaches. Set external-ip of the TURN server.',
		'ice-address':
			'The address of this server is none. Write it as turn:host:3478?transport=udp or stun:host:3478.'
	} satisfies Record<Hint, string>
} as const;
