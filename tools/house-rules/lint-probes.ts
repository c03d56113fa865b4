/**
 * Texts that break one lint rule each, and texts that break none. In: nothing. Out: the probes of lint-bans.test.ts. A
 * rule of the configuration that no probe breaks fails that test, so a new rule comes with its probe.
 */
import type { Probe } from './lint-probe.ts';

/** A text, and the rule as the configuration names it (`plugin/rule`) that has to fire on it. */
export type BreakingProbe = Probe & { readonly rule: string };

function statements(count: number): string {
  return Array.from({ length: count }, (_, index) => `  list.push(${index});\n`).join('');
}

/** Rules for all folders. The key is the rule; the text breaks it in bench/, which has no ban of its own. */
const breaking: Record<string, string> = {
  'eslint/eqeqeq': 'export function same(a: number, b: number): boolean { return a == b; }',
  'eslint/max-lines': '// line\n'.repeat(401),
  'eslint/max-lines-per-function': `export function long(list: number[]): void {\n${statements(70)}}`,
  'eslint/no-empty': 'export function nothing(a: number): void { if (a > 1) {} }',
  'eslint/no-unused-vars': 'const left = 1;\nexport {};',
  'eslint/no-var': 'export function old(): number { var a = 1; return a; }',
  'eslint/prefer-const': 'export function fixed(): number { let a = 1; return a; }',
  'eslint/preserve-caught-error':
    'export function lose(run: () => void): void { try { run(); } catch (error) { throw new Error("lost"); } }',
  'import/no-cycle': "import { b } from './cycle-other.ts';\nexport const a: number = b + 1;",
  'import/no-default-export': 'export default 1;',
  'import/no-duplicates':
    "import { a } from './two.ts';\nimport { b } from './two.ts';\nexport const c: number = a + b;",
  'import/no-self-import': "import { a } from './import-no-self-import.ts';\nexport const b: number = a;",
  'typescript/ban-ts-comment': '// @ts-ignore\nexport const a: number = 1;',
  'typescript/consistent-type-imports': "import { Bar } from './two.ts';\nexport type Bars = Bar[];",
  'typescript/no-explicit-any': 'export const a: any = 1;',
  'typescript/no-floating-promises': 'async function later(): Promise<void> {}\nlater();',
  'typescript/no-misused-promises':
    'export function wait(list: number[]): void { list.forEach(async () => { await 1; }); }',
  'typescript/no-namespace': 'export namespace Old { export const a = 1; }',
  'typescript/only-throw-error': 'export function fail(): never { throw "text"; }',
  'typescript/restrict-template-expressions': 'export function say(a: object): string { return `${a}`; }',
  'typescript/switch-exhaustiveness-check':
    "export function pick(a: 'x' | 'y'): number { switch (a) { case 'x': return 1; } return 2; }",
  'unicorn/prefer-node-protocol':
    "import { readFileSync } from 'fs';\nexport const read: typeof readFileSync = readFileSync;",
  'vitest/no-focused-tests': "import { test } from 'vitest';\ntest.only('alone', () => {});",
};

/** One probe for each rule that holds everywhere. */
export function ruleProbes(): BreakingProbe[] {
  const probes = Object.entries(breaking).map(([rule, source]) => {
    const ending = rule.startsWith('vitest/') ? 'test.ts' : 'ts';
    return { rule, path: `bench/${rule.replace('/', '-')}.${ending}`, source };
  });
  return [...probes, { rule: 'unicorn/filename-case', path: 'bench/camelCase.ts', source: 'export const a = 1;' }];
}

/** What the probes above import. */
export const surroundings: readonly Probe[] = [
  {
    path: 'bench/cycle-other.ts',
    source: "import { a } from './import-no-cycle.ts';\nexport const b: number = a + 1;",
  },
  {
    path: 'bench/two.ts',
    source: 'export const a = 1;\nexport const b = 2;\nexport type Bar = { readonly open: number };',
  },
];

/** Client libraries and the one folder that may import each. */
export const importers: Readonly<Record<string, string>> = {
  'csv-parse/sync': 'packages/adapters/recordings',
  yauzl: 'packages/adapters/recordings',
  '@bufbuild/protobuf/wire': 'packages/adapters/wire',
  'grpc-health-check': 'packages/adapters/grpc',
  'node:sqlite': 'packages/adapters/embedded',
  pino: 'packages/runtime',
  'prom-client': 'packages/runtime',
  'lightweight-charts': 'web',
  kafkajs: 'packages/adapters/kafka',
  'cassandra-driver': 'packages/adapters/cassandra',
  '@grpc/grpc-js': 'packages/adapters/grpc',
  '@kubernetes/client-node': 'packages/adapters/kubernetes',
};

/** Every kind of folder, and what of our own and of Node it may and may not import. */
export const layers: readonly {
  readonly folder: string;
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}[] = [
  {
    folder: 'packages/domain/src',
    may: ['./a.ts', '../src/a.ts'],
    mayNot: ['@tapeline/wire', '@tapeline/simulation', 'node:fs', 'node:fs/promises', 'fs', 'vitest'],
  },
  {
    folder: 'packages/simulation/src',
    may: ['./a.ts', '@tapeline/domain'],
    mayNot: ['@tapeline/wire', 'node:fs', 'fast-check'],
  },
  {
    folder: 'packages/adapters/recordings/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/runtime', 'node:fs', 'csv-parse', 'csv-parse/sync', 'yauzl'],
    mayNot: ['@tapeline/wire', '@tapeline/simulation', '@tapeline/standalone'],
  },
  {
    folder: 'packages/adapters/wire/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/runtime', 'node:fs', '@bufbuild/protobuf/wire'],
    mayNot: ['@tapeline/recordings', '@tapeline/simulation', '@tapeline/standalone'],
  },
  {
    folder: 'packages/adapters/kubernetes/src',
    may: ['./a.ts', '@tapeline/runtime', '@kubernetes/client-node'],
    mayNot: ['@tapeline/kafka', '@tapeline/simulation', '@tapeline/operator'],
  },
  {
    folder: 'operator/src',
    may: [
      './a.ts',
      '@tapeline/domain',
      '@tapeline/runtime',
      '@tapeline/kafka',
      '@tapeline/cassandra',
      '@tapeline/kubernetes',
    ],
    mayNot: ['@tapeline/worker', '@tapeline/simulation', '@tapeline/standalone'],
  },
  {
    folder: 'packages/adapters/later/src',
    may: ['@tapeline/domain'],
    mayNot: ['@tapeline/wire', '@tapeline/standalone'],
  },
  {
    folder: 'packages/adapters/grpc/src',
    may: ['./a.ts', '@tapeline/runtime', '@grpc/grpc-js', 'grpc-health-check'],
    mayNot: ['@tapeline/wire', '@tapeline/ingest'],
  },
  {
    folder: 'packages/adapters/embedded/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/runtime', 'node:sqlite'],
    mayNot: ['@tapeline/wire', '@tapeline/worker'],
  },
  {
    folder: 'packages/runtime/src',
    may: ['./a.ts', '@tapeline/domain', 'node:fs', 'pino', 'prom-client'],
    mayNot: ['@tapeline/wire', '@tapeline/simulation'],
  },
  {
    folder: 'packages/control/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/runtime', '@tapeline/wire', 'node:fs'],
    mayNot: ['@tapeline/kafka', '@tapeline/ingest', '@tapeline/simulation', 'kafkajs'],
  },
  {
    folder: 'packages/client/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/wire', '@tapeline/grpc', 'node:fs'],
    mayNot: ['@tapeline/ingest', '@tapeline/embedded', '@tapeline/simulation'],
  },
  {
    folder: 'services/ingest/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/wire', '@tapeline/grpc', '@tapeline/embedded', 'node:fs'],
    mayNot: ['@tapeline/worker', '@tapeline/query', '@tapeline/feed', '@tapeline/standalone', '@tapeline/simulation'],
  },
  {
    folder: 'services/standalone/src',
    may: ['./a.ts', '@tapeline/domain', '@tapeline/wire', '@tapeline/ingest', '@tapeline/worker', 'node:fs'],
    mayNot: ['@tapeline/standalone', '@tapeline/simulation'],
  },
  { folder: 'web/src', may: ['./a.ts', 'lightweight-charts'], mayNot: ['@tapeline/domain', 'node:fs'] },
  { folder: 'tests', may: ['@tapeline/standalone', '@tapeline/domain', 'node:fs', 'vitest'], mayNot: [] },
  { folder: 'bench', may: ['@tapeline/simulation', 'node:fs'], mayNot: [] },
  { folder: 'tools', may: ['vite', 'node:fs'], mayNot: [] },
];
