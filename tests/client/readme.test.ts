/**
 * The example of the client's README. In: its text. Out: it compiles, and runs against a server to its end.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bar, FakeQuery } from './fake-query.ts';
import { FakeIngest } from './fake-ingest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(path.join(root, 'packages/client/README.md'), 'utf8');
const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';

let folder = '';
let ingest: FakeIngest;
let query: FakeQuery;

beforeEach(async () => {
  // Below the repository, so that the packages are found.
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(path.join(root, '.cache', 'readme-'));
  [ingest, query] = [new FakeIngest(), new FakeQuery()];
  await ingest.start();
  await query.start();
});

afterEach(async () => {
  await ingest.stop();
  await query.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('it compiles as it stands', () => {
  const file = path.join(folder, 'example.ts');
  writeFileSync(file, example);
  const config = { extends: path.join(root, 'tsconfig.unbuilt.json'), include: ['example.ts'] };
  const options = {
    composite: false,
    incremental: false,
    noEmit: true,
    types: ['node'],
    lib: ['ES2023', 'ESNext.Disposable'],
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions: options }));
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});

test('it publishes and prints a bar', async () => {
  query.history.push(bar(0, 1, 'ACME'));
  const own = example
    .replace("const address = 'localhost:50051';", `const address = '${ingest.address}';`)
    .replace('subscribeBars({ address,', `subscribeBars({ address: '${query.address}',`);
  const file = path.join(folder, 'example.ts');
  writeFileSync(file, own);
  const child = spawn(process.execPath, ['--conditions=source', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect([code, out]).toEqual([0, '2020-09-13T12:27:00Z 184.10 closed\n']);
  expect(ingest.log).toMatchObject([{ symbol: 'ACME', sequence: 1, link: 0 }]);
});
