/**
 * The built page. In: a folder and a path of a URL. Out: a file with its type, or a page that says in plain words that
 * there is none. No path leads out of the folder, links included. Files whose names carry a digest of their contents may
 * be kept for good; all others are asked for again each time, by ETag.
 */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { HttpAnswer } from './http-answer.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

const fileBytesMax = 16_777_216;

/** The page loads nothing from elsewhere; its charts set styles of their own. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** The answer to a request for a file. `urlPath` is decoded and begins with /. */
export async function fileAnswer(
  webRoot: string | undefined,
  urlPath: string,
  ifNoneMatch: string | undefined,
): Promise<HttpAnswer> {
  const root = webRoot === undefined ? undefined : await folderOf(webRoot);
  if (root === undefined)
    return wordsAnswer(
      503,
      'The page was not built',
      'Run npm run build in the folder web, then start again. The data is served under /v1 all the same.',
    );
  const file = await fileIn(root, urlPath === '/' ? '/index.html' : urlPath);
  if (file === undefined) return notFoundAnswer(urlPath);
  const body = await readFile(file);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    ...pageHeaders,
    'content-type': types[path.extname(file)] ?? 'application/octet-stream',
    'cache-control': isHashed(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
  };
  const known = ifNoneMatch?.split(',').some((tag) => tag.trim() === etag || tag.trim() === `W/${etag}`);
  return known === true ? { status: 304, headers, body: '' } : { status: 200, headers, body };
}

/** The page for a path that leads nowhere. */
export function notFoundAnswer(urlPath: string): HttpAnswer {
  const shown = urlPath.length > 100 ? `${urlPath.slice(0, 100)}…` : urlPath;
  return wordsAnswer(
    404,
    'There is nothing here',
    `No page or file is at ${shown}. The market is at /, the data under /v1.`,
  );
}

function wordsAnswer(status: number, title: string, words: string): HttpAnswer {
  const headers = { ...pageHeaders, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
  const body =
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escaped(title)}</title><h1>${escaped(title)}</h1><p>${escaped(words)}</p></html>\n`;
  return { status, headers, body };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

async function folderOf(webRoot: string): Promise<string | undefined> {
  const root = await existing(webRoot);
  return root !== undefined && (await existing(path.join(root, 'index.html'))) !== undefined ? root : undefined;
}

/** The file at a path, if it lies in the folder once every link is followed. */
async function fileIn(root: string, urlPath: string): Promise<string | undefined> {
  if (urlPath.includes('\0') || urlPath.includes('\\') || urlPath.split('/').includes('..')) return undefined;
  const file = await existing(path.join(root, urlPath));
  if (file === undefined || !file.startsWith(root + path.sep)) return undefined;
  const facts = await stat(file);
  return facts.isFile() && facts.size <= fileBytesMax ? file : undefined;
}

async function existing(file: string): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'EACCES') return undefined;
    throw error;
  }
}

/** Names such as assets/index-BQz3kT1x.js, as the page's build makes them. */
function isHashed(file: string): boolean {
  return /^assets$/.test(path.basename(path.dirname(file))) && /-[\w-]{8}\.[a-z0-9]+$/.test(file);
}
