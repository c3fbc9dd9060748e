/** Mono sound. */
export interface Sound {
	/** -1 to 1 */
	samples: Float32Array;
	/** Hz */
	rate: number;
}

const headerBytes = 44;

/**
 * Reads a WAV file of 16 bit and one channel.
 * @throws {RangeError} for any other file
 */
export function readWav(bytes: Buffer): Sound {
	const text = (at: number) => bytes.toString('latin1', at, at + 4);
	const isWav = bytes.length > headerBytes && text(0) === 'RIFF' && text(8) === 'WAVE' && text(12) === 'fmt ';
	if (
		!isWav ||
		bytes.readUInt16LE(20) !== 1 ||
		bytes.readUInt16LE(22) !== 1 ||
		bytes.readUInt16LE(34) !== 16
	) {
		throw new RangeError('takes a WAV file with one channel of 16 bit');
	}
	// other chunks may stand before the one with the sound
	let at = 12;
	while (text(at) !== 'data') {
		at += 8 + bytes.readUInt32LE(at + 4);
		if (at + 8 > bytes.length) throw new RangeError('a WAV file without sound');
	}
	const count = Math.floor(Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) / 2);
	const samples = Float32Array.from(
		{ length: count },
		(_, index) => bytes.readInt16LE(at + 8 + 2 * index) / 32_768
	);
	return { samples, rate: bytes.readUInt32LE(24) };
}

export function writeWav({ samples, rate }: Sound): Buffer {
	const bytes = Buffer.alloc(headerBytes + 2 * samples.length);
	bytes.write('RIFF', 0, 'latin1');
	bytes.writeUInt32LE(bytes.length - 8, 4);
	bytes.write('WAVEfmt ', 8, 'latin1');
	bytes.writeUInt32LE(16, 16);
	bytes.writeUInt16LE(1, 20);
	bytes.writeUInt16LE(1, 22);
	bytes.writeUInt32LE(rate, 24);
	bytes.writeUInt32LE(2 * rate, 28);
	bytes.writeUInt16LE(2, 32);
	bytes.writeUInt16LE(16, 34);
	bytes.write('data', 36, 'latin1');
	bytes.writeUInt32LE(2 * samples.length, 40);
	samples.forEach((sample, index) => {
		bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), headerBytes + 2 * index);
	});
	return bytes;
}

/**
 * Fewer samples a second, without what they cannot carry: a windowed sinc over 8 periods of the new rate.
 * @throws {RangeError} when the new rate is higher
 */
export function resample({ samples, rate }: Sound, to: number): Sound {
	if (to > rate) throw new RangeError(`from ${rate} to ${to} Hz`);
	if (to === rate) return { samples, rate };
	const ratio = rate / to;
	const reach = Math.ceil(8 * ratio);
	const length = Math.floor(samples.length / ratio);
	const lower = Float32Array.from({ length }, (_, index) => {
		const center = index * ratio;
		let [sum, weights] = [0, 0];
		for (let at = Math.ceil(center - reach); at <= center + reach; at++) {
			const distance = (at - center) / ratio;
			const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
			const weight = sinc * (0.5 + 0.5 * Math.cos((Math.PI * (at - center)) / reach));
			weights += weight;
			sum += weight * (samples[at] ?? 0);
		}
		return sum / weights;
	});
	return { samples: lower, rate: to };
}

/** How loud sound is while there is any: quieter than a hundredth of its loudest sample does not count. @returns dBFS */
export function levelOf({ samples }: Sound): number {
	const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
	let [sum, count] = [0, 0];
	for (const sample of samples) {
		if (Math.abs(sample) < peak / 100) continue;
		sum += sample ** 2;
		count++;
	}
	return count === 0 ? -Infinity : 10 * Math.log10(sum / count);
}
