import { expect, it } from 'vitest';
import { previewOf, sizeOf } from './file-card.ts';

it.each([
	[0, '0 byte'],
	[999, '999 byte'],
	[1_500, '2 kB'],
	[1_230_000, '1.2 MB'],
	[7e9, '7 GB'],
	[9e18, '9,000,000 TB']
])('given %i bytes, when they are told, then %j', (bytes, expected) => {
	expect(sizeOf(bytes, 'en')).toBe(expected);
});

const image = { type: 'file', id: '1', name: 'a.png', mimetype: 'image/png' };
it.each([
	[
		'https://own.example/s/AbC1',
		'https://own.example/index.php/apps/files_sharing/publicpreview/AbC1?x=640&y=480&a=1'
	],
	[
		'https://own.example/cloud/index.php/s/AbC1',
		'https://own.example/cloud/index.php/apps/files_sharing/publicpreview/AbC1?x=640&y=480&a=1'
	],
	['https://evil.example/s/AbC1', null],
	['https://own.example.evil.example/s/AbC1', null],
	['https://own.example/s/../../x', null],
	['https://own.example/ocs/v2.php/x', null],
	['javascript:alert(1)', null],
	['//own.example/s/AbC1', null]
])('given an image at %s, when it is shown, then from %s', (link, expected) => {
	expect(previewOf({ ...image, link }, 'https://own.example')).toBe(expected);
});

it('given a file that is no image, when it is shown, then without a picture', () => {
	const link = 'https://own.example/s/AbC1';
	expect(previewOf({ ...image, link, mimetype: 'image/svg+xml' }, 'https://own.example')).toBeNull();
	expect(previewOf({ type: 'file', id: '1', name: 'a', link }, 'https://own.example')).toBeNull();
});
