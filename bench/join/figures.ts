/** @param share 0.5 is the median; NaN of nothing */
export function quantile(values: readonly number[], share: number): number {
	const sorted = values.filter((value) => !Number.isNaN(value)).sort((one, other) => one - other);
	const place = (sorted.length - 1) * share;
	const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
	if (low === undefined || high === undefined) return Number.NaN;
	return low + (high - low) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
