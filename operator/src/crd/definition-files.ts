/**
 * Both definitions as files. In: nothing. Out: their texts by name, as the chart has them in files/crds. The same source gives the
 * same bytes, so a test can tell whether the chart's are up to date.
 */
import { tickStoreDefinition } from './tick-store-definition.ts';
import { tickStreamDefinition } from './tick-stream-definition.ts';
import { yamlText } from './yaml-text.ts';

const head = '# Made by `npm run generate` from operator/src/crd; edit it there.\n';

/** Texts by file name. */
export function definitionFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['tickstreams.yaml', head + yamlText(tickStreamDefinition)],
    ['tickstores.yaml', head + yamlText(tickStoreDefinition)],
  ]);
}
