/**
 * The page as HTML: its script and style in it, and what a browser may load.
 * Owns the document and its content security policy; what is drawn is the script's, which the project's
 * build makes of browser/.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { ConntapeError } from '../error.ts';
import type { Embedded } from './parts.ts';

export interface Page {
  readonly html: string;
  /** The value of the header Content-Security-Policy: the same as in the document, and who may frame it. */
  readonly csp: string;
}

/** `dist/page` and `src/page` lie equally deep: both find what the build made. */
const BUILT = new URL('../../dist/page/', import.meta.url);

/** The page that asks the program that serves it for its data. */
export function servedPage(): Page {
  return pageOf('conntape', '', "connect-src 'self'");
}

/** The page with its data in it, which asks nobody for anything. */
export function pageFile(embedded: Embedded): string {
  const packed = deflateSync(JSON.stringify(embedded), { level: 9 }).toString('base64');
  const { relay, name } = embedded.head;
  const title = `${relay.nickname === '' ? name : relay.nickname}: conntape`;
  return pageOf(title, `<script type="${DATA_TYPE}" id="data">${packed}</script>\n`, '').html;
}

/** No browser runs it as a script. */
const DATA_TYPE = 'application/octet-stream;base64';

/** @param connects which addresses the page may ask; none where it is empty. */
function pageOf(title: string, data: string, connects: string): Page {
  // A script element ends at the first of these, wherever it stands.
  const script = built('page.js').replaceAll('</script', '<\\/script');
  const style = built('page.css');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src blob: data:',
    ...(connects === '' ? [] : [connects]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws its pictures with a script, which is in it: allow it to run.</noscript>
<main id="page"></main>
${data}<script>${script}</script>
</body>
</html>
`;
  return { html, csp: `${policy}; frame-ancestors 'none'` };
}

function built(name: string): string {
  try {
    return readFileSync(new URL(name, BUILT), 'utf8');
  } catch (thrown) {
    const parts = {
      ...{ operation: 'reading the page', object: name, cause: 'it was not built' },
      hint: 'npm run build',
    };
    throw new ConntapeError('usage', parts, { cause: thrown });
  }
}

/** As a content security policy names what it allows (CSP 3, section 2.3.1). */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!);
}
