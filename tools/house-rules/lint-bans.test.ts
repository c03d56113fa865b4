/**
 * Every lint rule and every ban fires: each is broken once, on purpose, in the folder it is for. A rule that is
 * misspelt, overridden or silently unsupported would otherwise look like a rule that everybody keeps.
 */
import { expect, test } from 'vitest';
import { lint, readLintConfig, type Probe, type Verdict } from './lint-probe.ts';
import { importers, layers, ruleProbes, surroundings } from './lint-probes.ts';

const config = readLintConfig();
const pureFolders = ['packages/domain/src', 'packages/simulation/src'];

const bannedGlobals = [
  'Buffer',
  'Date',
  'FinalizationRegistry',
  'Intl',
  'TextDecoder',
  'TextEncoder',
  'WeakRef',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
];
const bannedCalls = [
  'Math.random()',
  "'a'.localeCompare('b')",
  "'a'.toLocaleUpperCase()",
  "'a'.toLocaleLowerCase()",
  '(1).toLocaleString()',
];

const globalProbes = probesOf(pureFolders, 'global', bannedGlobals, (name) => `export const value: unknown = ${name};`);
const callProbes = probesOf(pureFolders, 'call', bannedCalls, (call) => `export const value: unknown = ${call};`);
const bannedImports = layers.flatMap(({ folder, mayNot }) => {
  const libraries = Object.keys(importers).filter((library) => !folder.startsWith(importers[library]!));
  return importProbes(folder, 'banned', [...mayNot, ...libraries]);
});
const allowedImports = layers.flatMap(({ folder, may }) => importProbes(folder, 'allowed', may));
const inDomainTests = ['Date', 'process'].flatMap((name) => [
  { path: `packages/domain/src/free-${name.toLowerCase()}.test.ts`, source: `export const value: unknown = ${name};` },
  { path: `packages/domain/test-kit/free-${name.toLowerCase()}.ts`, source: `export const value: unknown = ${name};` },
]);

const verdicts = lint([
  ...ruleProbes(),
  ...surroundings,
  ...globalProbes,
  ...callProbes,
  ...bannedImports,
  ...allowedImports,
  ...inDomainTests,
]);

function probesOf(
  folders: readonly string[],
  kind: string,
  items: readonly string[],
  source: (item: string) => string,
): Probe[] {
  return folders.flatMap((folder) =>
    items.map((item, index) => ({ path: `${folder}/${kind}-${index}.ts`, source: source(item) })),
  );
}

function importProbes(folder: string, kind: string, names: readonly string[]): Probe[] {
  return probesOf([folder], kind, names, (name) => `import * as it from '${name}';\nexport const value: unknown = it;`);
}

/** The probes on which a rule did not fire, by path and text. */
function silent(probes: readonly Probe[], rule: string): string[] {
  return probes.filter((probe) => !verdictsOn(probe).some((verdict) => isOf(verdict, rule))).map(describeProbe);
}

/** The probes on which a rule fired. */
function loud(probes: readonly Probe[], rule: string): string[] {
  return probes.filter((probe) => verdictsOn(probe).some((verdict) => isOf(verdict, rule))).map(describeProbe);
}

function verdictsOn(probe: Probe): Verdict[] {
  return verdicts.filter((verdict) => verdict.path === probe.path);
}

function isOf(verdict: Verdict, rule: string): boolean {
  const [plugin, name] = rule.split('/');
  return verdict.rule === `${plugin}(${name})`;
}

function describeProbe(probe: Probe): string {
  return `${probe.path}: ${probe.source.slice(0, 80)}`;
}

test('every rule of the configuration is broken by a probe', () => {
  const switchedOn = Object.entries(config.rules).filter(([, setting]) => setting !== 'off');
  const probed = new Set([...ruleProbes().map(({ rule }) => rule), 'eslint/no-restricted-imports']);
  expect(switchedOn.map(([rule]) => rule).filter((rule) => !probed.has(rule))).toEqual([]);
});

test('every rule fires on the text that breaks it', () => {
  expect(ruleProbes().flatMap((probe) => silent([probe], probe.rule))).toEqual([]);
});

test('domain and simulation can name no clock, timer, randomness, environment, locale or garbage collector', () => {
  expect(silent(globalProbes, 'eslint/no-restricted-globals')).toEqual([]);
  expect(silent(callProbes, 'eslint/no-restricted-properties')).toEqual([]);
});

test('every global that the configuration bans is among those provoked here, and the other way round', () => {
  const purity = config.overrides.find(({ rules }) => Array.isArray(rules['eslint/no-restricted-globals']));
  const bans = (purity?.rules['eslint/no-restricted-globals'] ?? []) as readonly (string | { readonly name: string })[];
  expect(bans.flatMap((ban) => (typeof ban === 'string' ? [] : [ban.name])).toSorted()).toEqual(
    bannedGlobals.toSorted(),
  );
});

test('a folder imports no layer above it and no library of another folder', () => {
  expect(silent(bannedImports, 'eslint/no-restricted-imports')).toEqual([]);
});

test('what a folder may import passes', () => {
  expect(loud(allowedImports, 'eslint/no-restricted-imports')).toEqual([]);
});

test('the ban of a library says which folder owns it', () => {
  for (const [library, folder] of Object.entries(importers)) {
    const probe = bannedImports.find(
      ({ path, source }) => path.startsWith('tests/') && source.includes(`'${library}'`),
    );
    const texts = verdicts.filter(({ path }) => path === probe?.path).map(({ text }) => text);
    expect(texts.join('\n')).toContain(folder);
  }
});

test('tests of the domain may use what the domain may not', () => {
  expect(loud(inDomainTests, 'eslint/no-restricted-globals')).toEqual([]);
});
