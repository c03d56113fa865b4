/** The chart installs both kinds as this version defines them. */
import { readFileSync } from 'node:fs';
import { definitionFiles } from '@tapeline/operator';
import { expect, test } from 'vitest';

test.each([...definitionFiles()])('charts/tapeline/files/crds/%s is up to date (npm run generate)', (name, text) => {
  expect(readFileSync(new URL(`../../charts/tapeline/files/crds/${name}`, import.meta.url), 'utf8')).toBe(text);
});
