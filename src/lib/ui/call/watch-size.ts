/**
 * Tells the size of an element at once, and whenever it has become another. An attachment: a binding would come with the
 * whole of Svelte, before Join, where nothing is measured.
 */
export const watchSize =
	<Watched extends HTMLElement>(tell: (element: Watched) => void) =>
	(element: Watched): (() => void) => {
		const look = () => tell(element);
		look();
		const observer = new ResizeObserver(look);
		observer.observe(element, { box: 'border-box' });
		return () => observer.disconnect();
	};
