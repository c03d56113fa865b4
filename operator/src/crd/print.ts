/**
 * Writes both definitions as YAML: `node --conditions=source operator/src/crd/print.ts FOLDER`. In: a folder. Out: one file for
 * each kind. The chart installs these files, and a test says when they are older than their source.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { definitionFiles } from './definition-files.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('print.ts: names no folder; give one, such as charts/tapeline/files/crds\n');
  process.exitCode = 2;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of definitionFiles()) writeFileSync(path.join(folder, name), text);
}
