/**
 * Proves that the checks of the contract fire. In: copies of proto/ with one change each, and folders made by hand.
 * Out: what the checks say of them. A check that never fires keeps nothing.
 */
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bufBinary, BufUnavailableError, repositoryRoot } from './buf.mjs';
import { breakingFaults } from './contract-checks.mjs';
import { folderDifferences } from './generated-code.mjs';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapeline-contract-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A copy of the contract in which `before` reads `after`. */
function contractWith(file: string, before: string, after: string): string {
  cpSync(join(repositoryRoot, 'proto'), join(folder, 'proto'), { recursive: true });
  cpSync(join(repositoryRoot, 'buf.yaml'), join(folder, 'buf.yaml'));
  const path = join(folder, 'proto/tapeline/v1', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(before);
  writeFileSync(path, text.replace(before, after));
  return folder;
}

test('an added field breaks nothing', () => {
  const changed = contractWith('market.proto', 'message LogPosition {', 'message LogPosition {\n  int64 added = 99;');
  expect(breakingFaults(changed)).toEqual([]);
});

test.each([
  ['a field taken away', 'market.proto', '  uint64 revision = 15;', ''],
  ['a field renumbered', 'market.proto', 'uint64 revision = 15;', 'uint64 revision = 150;'],
  ['a field renamed', 'market.proto', 'uint64 revision = 15;', 'uint64 revisions = 15;'],
  ['another type', 'market.proto', 'sfixed64 start_time_ns = 4;', 'int64 start_time_ns = 4;'],
  ['an enum value renumbered', 'market.proto', 'TAPE_C = 3;', 'TAPE_C = 4;'],
  ['a call renamed', 'query.proto', 'rpc GetBars(', 'rpc ReadBars('],
  [
    'a stream made a single answer',
    'query.proto',
    'returns (stream StreamBarsResponse)',
    'returns (StreamBarsResponse)',
  ],
])('%s breaks the contract', (_what, file, before, after) => {
  expect(breakingFaults(contractWith(file, before, after))).toHaveLength(1);
});

test('generated code that is missing, altered or left over is named', () => {
  const [actual, expected] = [join(folder, 'actual'), join(folder, 'expected')];
  for (const path of [actual, expected]) mkdirSync(join(path, 'v1'), { recursive: true });
  writeFileSync(join(expected, 'v1/missing.ts'), 'a');
  writeFileSync(join(expected, 'v1/altered.ts'), 'a');
  writeFileSync(join(expected, 'v1/same.ts'), 'a');
  writeFileSync(join(actual, 'v1/altered.ts'), 'b');
  writeFileSync(join(actual, 'v1/same.ts'), 'a');
  writeFileSync(join(actual, 'v1/left-over.ts'), 'a');
  expect(folderDifferences(actual, expected)).toEqual([
    'v1/altered.ts differs',
    'v1/left-over.ts is not generated any more',
    'v1/missing.ts is missing',
  ]);
});

test('a platform without a build of buf is named, with those that have one', () => {
  expect(() => bufBinary('sunos', 'x64')).toThrow(BufUnavailableError);
  expect(() => bufBinary('sunos', 'x64')).toThrow(/sunos-x64.*linux-x64/);
});
