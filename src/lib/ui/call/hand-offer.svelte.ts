/** Long enough for what a raised hand asked for, ms. */
const enoughMs = 5_000;

/**
 * Offers to lower a hand once its owner has spoken for five seconds, all in all; once for each time it goes up.
 * Call it while the component starts.
 */
export function offerToLowerHand(isRaised: () => boolean, isTalking: () => boolean, offer: () => void): void {
	let talkedMs = 0;
	// begins anew with every hand that goes up
	$effect(() => {
		if (isRaised()) talkedMs = 0;
	});
	// counts only while we speak
	$effect(() => {
		if (!isRaised() || !isTalking() || talkedMs >= enoughMs) return;
		const began = performance.now();
		const timer = setTimeout(() => {
			talkedMs = enoughMs;
			offer();
		}, enoughMs - talkedMs);
		return () => {
			clearTimeout(timer);
			talkedMs = Math.max(talkedMs, Math.min(enoughMs, talkedMs + performance.now() - began));
		};
	});
}
