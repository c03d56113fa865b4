/**
 * Sets or takes out a pin of a TickStream. In: what is wanted, and the kubeconfig that kubectl uses. Out: one change of `spec.pins`, made
 * on the object as it was read, so that what somebody else writes at the same moment is kept; an exit code. What the API
 * server refuses is told in its words.
 */
import { hasCode, type KubeObject } from '@tapeline/kubernetes';
import { tickStreamType } from '../crd/group.ts';
import { Fields } from '../crd/fields.ts';
import { type AskedCluster, type Asker, onCluster } from './open-cluster.ts';
import { editPins, type PinWish, type SpecPin } from './pin-edit.ts';
import type { PinCommandWish } from './placement-command.ts';

const fieldManager = 'kubectl-tapeline';
/** Looks at an object that others write at the same time. */
const triesMax = 5;

/** 0 if it is so now, 1 if there is no such stream or pin, 2 if the cluster could not be asked or refused it. */
export async function setPin(wish: PinCommandWish, asker: Asker): Promise<number> {
  return onCluster(wish, asker, async (cluster) => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await setOnce(cluster, wish, asker);
      } catch (error) {
        if (!hasCode(error, 'CONFLICT') || tried === triesMax) throw error;
      }
    }
  });
}

async function setOnce(
  { api, namespace }: AskedCluster,
  { name, pin }: PinCommandWish,
  { caller, complain, write, stop }: Asker,
): Promise<number> {
  const signal = stop === undefined ? {} : { signal: stop };
  const object = await api.get(tickStreamType, { namespace, name }, signal);
  const place = `${namespace}/${name}`;
  if (object === undefined) {
    complain(
      `${caller}: there is no TickStream ${name} in namespace ${namespace}; correct its name, or name another namespace with -n\n`,
    );
    return 1;
  }
  const { kind, pins, before } = editPins(pinsOf(object), pin);
  const instrument = `${pin.dataset}/${pin.symbol}`;
  if (kind === 'absent') {
    complain(`${caller}: ${instrument} has no pin in ${place}; its pins are in spec.pins\n`);
    return 1;
  }
  if (kind === 'changed') {
    const { resourceVersion } = object.metadata;
    const metadata = resourceVersion === undefined ? {} : { resourceVersion };
    await api.patch(tickStreamType, { namespace, name }, { metadata, spec: { pins } }, { fieldManager, ...signal });
  }
  await write(`${toldOf(object, place, instrument, pin, kind, before)}\n`);
  return 0;
}

function pinsOf(object: KubeObject): readonly SpecPin[] {
  return new Fields(object['spec'] ?? {}, 'spec').objects('pins').map((pin) => ({
    dataset: pin.text('dataset'),
    symbol: pin.text('symbol'),
    partition: pin.integer('partition'),
  }));
}

/** What was done, and who acts on it. */
function toldOf(
  object: KubeObject,
  place: string,
  instrument: string,
  { partition }: PinWish,
  kind: 'changed' | 'same',
  before: number | undefined,
): string {
  if (partition === undefined) {
    const later = 'if it was moved for that, it may go back once spec.placement.cooldown is over';
    return `${place}: ${instrument} is not pinned to partition ${before ?? '?'} any more; ${later}`;
  }
  if (kind === 'same') return `${place}: ${instrument} is pinned to partition ${partition} already`;
  const was = before === undefined ? '' : `, before to ${before}`;
  const mode = new Fields(object['spec'] ?? {}, 'spec').maybeObject('placement')?.maybeText('mode') ?? 'Auto';
  const later = mode === 'Auto' ? '' : `; spec.placement.mode is ${mode}, so one that has ticks elsewhere is not moved`;
  return `${place}: ${instrument} is pinned to partition ${partition}${was}${later}`;
}
