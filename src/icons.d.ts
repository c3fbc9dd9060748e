/** What the build makes of a picture's name: tools/vite/icon-path.ts. */
declare module '~icons/lucide/*' {
	import type { IconComponent } from '$lib/ui/primitives/icon.ts';
	const picture: IconComponent;
	export default picture;
}
