/** Milliseconds of sound behind one value of an envelope. */
const envelopeStepMs = 20;

/**
 * How loud sound is, step by step.
 * @param samples mono, -1 to 1
 * @param sampleRate Hz
 * @returns root mean square of each 20 ms; an incomplete last step is left out
 */
export function energyEnvelope(samples: Float32Array, sampleRate = 48_000): Float32Array {
	const step = Math.round((sampleRate * envelopeStepMs) / 1_000);
	const envelope = new Float32Array(Math.floor(samples.length / step));
	for (let index = 0; index < envelope.length; index++) {
		let sum = 0;
		for (let offset = 0; offset < step; offset++) sum += (samples[index * step + offset] ?? 0) ** 2;
		envelope[index] = Math.sqrt(sum / step);
	}
	return envelope;
}

/**
 * The longest stretch in which there is next to nothing to hear: less than a tenth of what is usual.
 * @param envelope of sound that should never pause; its middle value is what is usual
 * @returns milliseconds, to one step; all of it when there is no sound at all
 */
export function longestGapMs(envelope: Float32Array): number {
	const usual = [...envelope].sort((one, other) => one - other)[envelope.length >> 1] ?? 0;
	let [longest, current] = [0, 0];
	for (const loudness of envelope) {
		current = loudness > usual / 10 ? 0 : current + 1;
		longest = Math.max(longest, current);
	}
	return longest * envelopeStepMs;
}

/**
 * How far `heard` lags behind `sent`, where the two are most alike.
 * @param maxLag steps; lags of 0 to this are tried
 * @returns the lag in steps, and how alike they are there: 1 the same shape, 0 unrelated, -1 opposite
 * @throws {RangeError} when fewer than two steps would overlap
 */
export function bestLag(
	sent: Float32Array,
	heard: Float32Array,
	maxLag: number
): { lag: number; correlation: number } {
	if (Math.min(sent.length, heard.length - maxLag) < 2) throw new RangeError(`maxLag: ${maxLag}`);
	let best = { lag: 0, correlation: -Infinity };
	for (let lag = 0; lag <= maxLag; lag++) {
		const correlation = correlate(sent, heard.subarray(lag));
		if (correlation > best.correlation) best = { lag, correlation };
	}
	return best;
}

/** How far sound moved on its way, and how alike it is once that is taken into account. */
export interface Alignment {
	/** of the middle of the pieces, in steps */
	lag: number;
	/** between the least and the most late piece, in steps */
	drift: number;
	/** of all pieces together: 1 the same shape, 0 unrelated */
	correlation: number;
}

/** Steps that are moved as one: a second and a half, a few words. */
const pieceSteps = 75;
/** Steps that a piece may come later or earlier than the one before: what the buffer of a receiver stretches by. */
const pieceDrift = 15;

/**
 * How alike sound is that was stretched and pressed together on its way, as the buffer of a receiver does when packets
 * come unevenly: every piece has a lag of its own, near that of the one before, and of all such ways the one with the
 * most in common counts. As the measures of speech quality do it (ITU-T P.862: alignment in time by utterance).
 * @param maxLag steps; lags of 0 to this are tried
 * @throws {RangeError} when fewer than two steps would overlap
 */
export function align(sent: Float32Array, heard: Float32Array, maxLag: number): Alignment {
	const length = Math.min(sent.length, heard.length - maxLag);
	if (length < 2) throw new RangeError(`maxLag: ${maxLag}`);
	const lagCount = maxLag + 1;
	const [meanSent, meanHeard] = [mean(sent, length), mean(heard, heard.length)];
	const starts = Array.from(
		{ length: Math.max(1, Math.floor(length / pieceSteps)) },
		(_, piece) => piece * pieceSteps
	);
	const endOf = (piece: number) => starts[piece + 1] ?? length;

	let common = new Float64Array(lagCount);
	const cameFrom = starts.map((start, piece) => {
		const before = new Int32Array(lagCount);
		const next = new Float64Array(lagCount);
		for (let lag = 0; lag < lagCount; lag++) {
			let best = lag;
			if (piece > 0) {
				const [from, to] = [Math.max(0, lag - pieceDrift), Math.min(maxLag, lag + pieceDrift)];
				for (let other = from; other <= to; other++)
					if ((common[other] ?? 0) > (common[best] ?? 0)) best = other;
			}
			let both = 0;
			for (let at = start; at < endOf(piece); at++) {
				both += ((sent[at] ?? 0) - meanSent) * ((heard[at + lag] ?? 0) - meanHeard);
			}
			before[lag] = best;
			next[lag] = (common[best] ?? 0) + both;
		}
		common = next;
		return before;
	});

	const lags: number[] = [];
	let lag = common.indexOf(Math.max(...common));
	for (let piece = starts.length - 1; piece >= 0; piece--) {
		lags.unshift(lag);
		lag = cameFrom[piece]?.[lag] ?? lag;
	}
	const moved = new Float32Array(length);
	starts.forEach((start, piece) => {
		const late = lags[piece] ?? 0;
		moved.set(heard.subarray(start + late, endOf(piece) + late), start);
	});
	const inOrder = [...lags].sort((one, other) => one - other);
	return {
		lag: inOrder[inOrder.length >> 1] ?? 0,
		drift: (inOrder.at(-1) ?? 0) - (inOrder[0] ?? 0),
		correlation: correlate(sent.subarray(0, length), moved)
	};
}

/** Pearson's correlation over the steps that both have; 0 when one of them never changes. */
function correlate(a: Float32Array, b: Float32Array): number {
	const length = Math.min(a.length, b.length);
	const [meanA, meanB] = [mean(a, length), mean(b, length)];
	let [both, squareA, squareB] = [0, 0, 0];
	for (let index = 0; index < length; index++) {
		const [fromA, fromB] = [(a[index] ?? 0) - meanA, (b[index] ?? 0) - meanB];
		both += fromA * fromB;
		squareA += fromA ** 2;
		squareB += fromB ** 2;
	}
	const scale = Math.sqrt(squareA * squareB);
	return scale === 0 ? 0 : both / scale;
}

const mean = (values: Float32Array, length: number) =>
	values.subarray(0, length).reduce((sum, value) => sum + value, 0) / length;
