/** The built page: types, what may be kept, and that no path leads out of its folder. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileAnswer } from './static-files.ts';

let folder = '';
let root = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-page-'));
  root = path.join(folder, 'page');
  mkdirSync(path.join(root, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'secret.txt'), 'secret');
  writeFileSync(path.join(root, 'index.html'), '<!doctype html><title>Market</title>');
  writeFileSync(path.join(root, 'assets', 'index-BQz3kT1x.js'), 'run()');
  writeFileSync(path.join(root, 'icon.svg'), '<svg/>');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(root, 'link.txt'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('files come with their type, and those with a digest in their name may be kept', async () => {
  const page = await fileAnswer(root, '/', undefined);
  expect([page.status, page.headers['content-type'], page.headers['cache-control']]).toEqual([
    200,
    'text/html; charset=utf-8',
    'no-cache',
  ]);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  const script = await fileAnswer(root, '/assets/index-BQz3kT1x.js', undefined);
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect((await fileAnswer(root, '/icon.svg', undefined)).headers['content-type']).toBe('image/svg+xml');
});

test('a file that is known by its ETag is not sent again', async () => {
  const { headers } = await fileAnswer(root, '/', undefined);
  const again = await fileAnswer(root, '/index.html', `W/"x", ${headers['etag']}`);
  expect([again.status, again.body]).toEqual([304, '']);
});

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/link.txt',
  '/..\\secret.txt',
  '/index.html\0',
  '/none',
  '/assets',
  `/${'x'.repeat(5_000)}`,
])('%s is not found, in plain words', async (urlPath) => {
  const answer = await fileAnswer(root, urlPath, undefined);
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(answer.body).toContain('There is nothing here');
  expect(answer.body).not.toContain('secret<');
});

test('what was asked for is not taken for markup', async () => {
  const { body } = await fileAnswer(root, '/<script>', undefined);
  expect(body).not.toContain('<script>');
});

test.each([undefined, '/nowhere/at/all'])('a page that was not built says so (%s)', async (webRoot) => {
  const answer = await fileAnswer(webRoot, '/', undefined);
  expect([answer.status, String(answer.body).includes('The page was not built')]).toEqual([503, true]);
});
