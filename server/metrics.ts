import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What is there at the moment of the question. */
const gauges = {
	roost_rooms: 'Rooms that exist',
	roost_room_sessions: 'People in rooms',
	roost_calls: 'Calls that go on',
	roost_call_sessions: 'People in calls',
	roost_signaling_sessions: 'Signaling sessions, those without a socket included',
	roost_signaling_sockets: 'Signaling sockets that are open'
};
type GaugeName = keyof typeof gauges;

/** What the signaling server counts. Functions that need no `this`. */
export interface SignalingMetrics {
	frameReceived: (type: string) => void;
	frameRefused: (code: string) => void;
}

export interface Metrics extends SignalingMetrics {
	/** @param route as registered, so that tokens and ids do not become labels */
	answered(method: string, route: string, status: number, seconds: number): void;
	/** @param count is asked at each look */
	watch(name: GaugeName, count: () => number): void;
	text(): Promise<string>;
	contentType: string;
}

/** Memory, processor, garbage collection, and delay of the event loop belong to the process, however many servers it runs. */
let ofProcess: Registry | undefined;
function processRegistry(): Registry {
	if (!ofProcess) {
		ofProcess = new Registry();
		collectDefaultMetrics({ register: ofProcess });
	}
	return ofProcess;
}

/** Counters of one server, in the text format of Prometheus. */
export function createMetrics(): Metrics {
	const registry = new Registry();
	const registers = [registry];
	const requests = new Histogram({
		name: 'roost_http_request_seconds',
		help: 'Time until requests are answered; those that wait for news are long by intent',
		labelNames: ['method', 'route', 'status'] as const,
		buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 35],
		registers
	});
	const received = new Counter({
		name: 'roost_signaling_frames_total',
		help: 'Frames received over signaling sockets',
		labelNames: ['type'] as const,
		registers
	});
	const refused = new Counter({
		name: 'roost_signaling_errors_total',
		help: 'Errors answered over signaling sockets',
		labelNames: ['code'] as const,
		registers
	});
	const merged = Registry.merge([registry, processRegistry()]);

	return {
		answered: (method, route, status, seconds) =>
			requests.observe({ method, route, status: status.toString() }, seconds),
		frameReceived: (type) => received.inc({ type }),
		frameRefused: (code) => refused.inc({ code }),
		watch(name, count) {
			const gauge: Gauge = new Gauge({
				name,
				help: gauges[name],
				registers: [merged],
				collect: () => gauge.set(count())
			});
		},
		text: () => merged.metrics(),
		contentType: merged.contentType
	};
}
