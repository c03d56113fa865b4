/**
 * The process that applies the default objects of a chart: `entry apply-objects [options]`. In: files of objects, the pod's own
 * account. Out: the objects in the API, a line for each; or one line with what is wrong and exit code 2.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chooseCluster, KubeError, openKubeApi } from '@tapeline/kubernetes';
import { durationOption, processOptions, runProcess, systemClock, textOption } from '@tapeline/runtime';
import { ApplyError, applyObjects, type DeclaredObject, readDeclared } from './apply-objects.ts';

const pathCharsMax = 4_096;
const nameCharsMax = 253;

await runProcess({
  name: 'apply-objects',
  about: 'Applies TickStreams and TickStores of files, and lets each go with a ConfigMap of its namespace.',
  table: {
    objects: textOption({
      placeholder: 'DIR',
      env: 'TAPELINE_OBJECTS',
      charsMax: pathCharsMax,
      default: '/etc/tapeline/objects',
      help: 'Files .json, each with an object and the ConfigMap with which it goes, in order of their names.',
    }),
    namespace: textOption({
      placeholder: 'NAME',
      env: 'POD_NAMESPACE',
      charsMax: nameCharsMax,
      default: 'default',
      help: 'Where they are.',
    }),
    wait: durationOption({
      env: 'TAPELINE_OBJECTS_WAIT',
      min: '0s',
      max: '1h',
      default: '2m',
      help: 'How long to wait for the API and for kinds that are not served yet.',
    }),
    ...processOptions,
  },
  run: async ({ objects, namespace, wait }, { logger, stop }) => {
    const declared = readFolder(objects);
    const clock = systemClock;
    const cluster = chooseCluster({ from: 'pod' }, () => clock.monotonicMs());
    const api = openKubeApi({ cluster, clock });
    await applyObjects({ api, declared, namespace, waitMs: wait, clock, logger, stop });
  },
  isExpected: (error) => error instanceof ApplyError || error instanceof KubeError,
});

function readFolder(folder: string): readonly DeclaredObject[] {
  const names = attempt(folder, () => readdirSync(folder)).filter((name) => name.endsWith('.json'));
  if (names.length === 0) throw new ApplyError(`${folder} has no file .json; name the folder with --objects`);
  return names.toSorted().map((name) => {
    const file = path.join(folder, name);
    return attempt(file, () => readDeclared(readFileSync(file, 'utf8')));
  });
}

function attempt<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApplyError(`${place} cannot be used: ${reason}`, { cause: error });
  }
}
