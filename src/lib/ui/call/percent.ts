/** "150%" in the manner of the language of the page. */
export const percent = (value: number): string =>
	new Intl.NumberFormat(document.documentElement.lang || 'en', { style: 'percent' }).format(value);
