/** What the schema of the chart's values is like, whoever reads it: closed, and without passwords. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chart } from './rendered-chart.ts';

type Schema = {
  readonly type?: string | readonly string[];
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
};

const schema = JSON.parse(readFileSync(path.join(chart, 'values.schema.json'), 'utf8')) as Schema;

/** Every object with named fields, by its path. */
function namedObjects(where: string, each: Schema): readonly (readonly [string, Schema])[] {
  const inside = Object.entries({ ...each.properties, ...each.definitions, ...(each.items && { items: each.items }) });
  const own = each.properties === undefined ? [] : [[where, each] as const];
  return [...own, ...inside.flatMap(([name, part]) => namedObjects(`${where}.${name}`, part))];
}

test('the schema lets no object have a field that it does not name', () => {
  const objects = namedObjects('', schema);
  expect(objects.length).toBeGreaterThan(40);
  expect(
    objects.filter(([, { additionalProperties }]) => additionalProperties !== false).map(([name]) => name),
  ).toEqual([]);
});

test('no value is a password', () => {
  const names = JSON.stringify(schema).match(/"[a-z]*(?:password|token|secret)[a-z]*":/gi) ?? [];
  const references = [
    '"existingSecret":',
    '"clientSecret":',
    '"passwordKey":',
    '"pullSecrets":',
    '"imagePullSecrets":',
    '"tokenSecretRef":',
  ];
  expect(names.filter((name) => !references.includes(name))).toEqual([]);
});
