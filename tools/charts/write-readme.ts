/**
 * Writes the tables of the charts' READMEs: `node tools/charts/write-readme.ts`. In: charts/tapeline/values.yaml. Out: the README
 * beside it, whose other text stays. A test says when it is older than the values.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { readValues, valuesTable, withTable } from './values-table.ts';

const chart = new URL('../../charts/tapeline/', import.meta.url);
const readme = new URL('README.md', chart);

const table = valuesTable(readValues(readFileSync(new URL('values.yaml', chart), 'utf8')));
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table));
