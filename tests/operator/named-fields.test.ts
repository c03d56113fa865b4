/** Fields that the operator's page and the runbooks tell people to set: each is one of a TickStream or a TickStore. */
import { readdirSync, readFileSync } from 'node:fs';
import { definitionFiles } from '@tapeline/operator';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const docs = new URL('../../docs/', import.meta.url);
const runbooks = readdirSync(new URL('runbooks/', docs)).map((name) => `runbooks/${name}`);

type Schema = { readonly properties?: Readonly<Record<string, Schema>>; readonly additionalProperties?: unknown };
type Definition = {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
};

const schemas = [...definitionFiles().values()].map((text) => {
  const { spec } = parse(text) as Definition;
  return spec.versions[0]?.schema.openAPIV3Schema ?? {};
});

/** Whether one of the kinds has what lies at this path; below a map of free names everything is. */
function isField(path: readonly string[]): boolean {
  return schemas.some((schema) => {
    let at: Schema | undefined = schema;
    for (const name of path) {
      if (at?.additionalProperties !== undefined) return true;
      at = at?.properties?.[name];
    }
    return at !== undefined;
  });
}

/** The paths of what a patch sets. */
function pathsOf(patch: unknown, before: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof patch !== 'object' || patch === null) return [before];
  return Object.entries(patch).flatMap(([name, inside]) => pathsOf(inside, [...before, name]));
}

test.each(['operator.md', ...runbooks])('%s names fields that there are', (file) => {
  const text = readFileSync(new URL(file, docs), 'utf8');
  const named = [...text.matchAll(/`((?:spec|status)(?:\.[A-Za-z]+)+)/g)].map(([, path = '']) => path.split('.'));
  const patched = [...text.matchAll(/kubectl patch (?:tickstream|tickstore) .*? -p '(.*?)'/g)];
  const set = patched.flatMap(([, patch = '']) => pathsOf(JSON.parse(patch)));
  expect([...named, ...set].filter((path) => !isField(path)).map((path) => path.join('.'))).toEqual([]);
});

test('a runbook that raises the retention of a topic says where the operator wants it', () => {
  const raising = runbooks.filter((file) =>
    /--retention|retention\.ms/.test(readFileSync(new URL(file, docs), 'utf8')),
  );
  expect(raising.length).toBeGreaterThan(1);
  const silent = raising.filter(
    (file) => !/topic\.retention|"retention":/.test(readFileSync(new URL(file, docs), 'utf8')),
  );
  expect(silent).toEqual([]);
});
