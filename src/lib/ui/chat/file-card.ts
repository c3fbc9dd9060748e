import type { RichObject } from '$lib/domain/talk-api.ts';
import { hrefOf } from './message-parts.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** "1.2 MB" in the manner of the language. */
export function sizeOf(bytes: number, locale: string): string {
	const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
	const unit = units[step] ?? 'byte';
	return new Intl.NumberFormat(locale, {
		style: 'unit',
		unit,
		unitDisplay: 'short',
		maximumFractionDigits: step < 2 ? 0 : 1
	}).format(bytes / 1_000 ** step);
}

/**
 * Where a small picture of a shared image is; null: there is none, or it is on another server than the page: no text of
 * somebody else makes a browser ask elsewhere.
 */
export function previewOf(file: RichObject, origin: string): string | null {
	const href = hrefOf(file);
	if (href === null || !/^image\/(?:png|jpeg|gif|webp|avif|bmp)$/.test(file.mimetype ?? '')) return null;
	const url = new URL(href);
	const [, root, share] = /^(.{0,200}?)(?:\/index\.php)?\/s\/([A-Za-z0-9]{1,64})$/.exec(url.pathname) ?? [];
	if (url.origin !== origin || root === undefined || share === undefined) return null;
	return `${origin}${root}/index.php/apps/files_sharing/publicpreview/${share}?x=640&y=480&a=1`;
}
