/** `rail`: a phone held sideways, with the controls at its side. `tiny`: one tile and what is needed most. */
export type CallShape = 'tiny' | 'rail' | 'phone' | 'tablet' | 'desktop';

/** What fits: by the size of the window, not by what it is called. A size that is not known yet is taken for a large one. */
export function callShape(width: number, height: number): CallShape {
	if (width === 0) return 'desktop';
	if (width < 320 && height < 240) return 'tiny';
	if (height < 480 && width > height) return 'rail';
	if (width < 600) return 'phone';
	return width < 900 ? 'tablet' : 'desktop';
}
