/**
 * A stream as a tree for a terminal. In: objects as the API has them. Out: lines: the stream, its store, partitions, workers, feeds and
 * lag, each with what is wrong and what to do. Pure; it knows statuses of older operators may lack anything.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { Fields } from '../crd/fields.ts';

/** What a tree is drawn from. */
export type TreeInput = { readonly streams: readonly KubeObject[]; readonly stores: readonly KubeObject[] };

type Branch = { readonly text: string; readonly branches?: readonly Branch[] };

const parts = ['TopicsReady', 'StoreReady', 'WorkersReady', 'FeedsReady', 'PinsHeld'] as const;

/** The lines, without line feeds; one for a person where there is nothing. */
export function statusTree({ streams, stores }: TreeInput): readonly string[] {
  if (streams.length === 0) return ['there is no TickStream here; make one, or name another namespace with -n'];
  const sorted = streams.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
  return sorted.flatMap((stream) => {
    const store = stores.find(
      (each) => each.metadata.namespace === stream.metadata.namespace && each.metadata.name === storeNameOf(stream),
    );
    return linesOf(streamBranch(stream, store), '', '');
  });
}

function linesOf({ text, branches = [] }: Branch, first: string, rest: string): readonly string[] {
  return [
    `${first}${text}`,
    ...branches.flatMap((branch, index) => {
      const isLast = index === branches.length - 1;
      return linesOf(branch, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`);
    }),
  ];
}

function streamBranch(stream: KubeObject, store: KubeObject | undefined): Branch {
  const [spec, status] = [new Fields(stream['spec'] ?? {}, 'spec'), statusOf(stream)];
  const ready = conditionOf(status, 'Ready');
  const problems = parts
    .map((type) => conditionOf(status, type))
    .filter((condition) => condition !== undefined && condition.maybeText('status') !== 'True')
    .map((condition) => ({ text: `! ${wordsOf(condition)}` }));
  const degraded = conditionOf(status, 'Degraded');
  const drift = degraded?.maybeText('reason') === 'ReplicasDiffer' ? [{ text: `! ${wordsOf(degraded)}` }] : [];
  return {
    text: `TickStream ${placeOf(stream)}  ${wordsOf(ready)}`,
    branches: [
      topicsBranch(spec, status),
      storeBranch(storeNameOf(stream), store),
      workersBranch(spec, status),
      ...status.objects('feeds').map((feed) => ({
        text: `feed ${feed.maybeText('name') ?? '?'}: ${feed.maybeInteger('ready') ?? 0} of 1 ready`,
      })),
      { text: lagText(status) },
      ...problems,
      ...drift,
    ],
  };
}

function topicsBranch(spec: Fields, status: Fields): Branch {
  const [live, base] = [status.maybeInteger('partitions'), status.maybeInteger('basePartitions')];
  const spare = live !== undefined && base !== undefined && live > base ? `, instruments live on ${base} of them` : '';
  const topics = status.objects('topics').map((topic) => {
    const [partitions, replicas] = [topic.maybeInteger('partitions'), topic.maybeInteger('replicas')];
    const size = partitions === undefined ? 'not seen now' : `${partitions} partitions of ${replicas ?? '?'} replicas`;
    return { text: `${topic.maybeText('name') ?? '?'}  ${size}  id ${topic.maybeText('id') ?? '?'}` };
  });
  return {
    text: `partitions: ${live ?? '?'} of ${spec.maybeInteger('partitions') ?? '?'} declared${spare}`,
    branches: topics,
  };
}

function storeBranch(name: string, store: KubeObject | undefined): Branch {
  if (store === undefined) return { text: `TickStore ${name}  is not there` };
  const [spec, status] = [new Fields(store['spec'] ?? {}, 'spec'), statusOf(store)];
  const nodes = status.maybeInteger('nodes') ?? '?';
  const open = (['SchemaAgreed', 'ReplicationConsistent', 'SchemaApplied'] as const)
    .map((type) => conditionOf(status, type))
    .filter((condition) => condition !== undefined && condition.maybeText('status') !== 'True')
    .map((condition) => ({ text: `! ${wordsOf(condition)}` }));
  return {
    text: `TickStore ${name}  ${wordsOf(conditionOf(status, 'Ready'))}`,
    branches: [
      {
        text: `keyspace ${spec.maybeText('keyspace') ?? '?'} on ${nodes} nodes, migration ${status.maybeInteger('migrations') ?? '?'}`,
      },
      ...open,
    ],
  };
}

function workersBranch(spec: Fields, status: Fields): Branch {
  const workers = status.maybeObject('workers');
  const wanted = spec.maybeObject('workers')?.maybeInteger('replicas') ?? 1;
  const over = conditionOf(status, 'OverProvisioned');
  const spare = over?.maybeText('status') === 'True' ? [{ text: `! ${wordsOf(over)}` }] : [];
  return { text: `workers: ${workers?.maybeInteger('ready') ?? 0} of ${wanted} ready`, branches: spare };
}

function lagText(status: Fields): string {
  const lag = status.maybeInteger('maxLag');
  if (lag === undefined) return 'lag: not seen yet';
  if (lag === 0) return 'lag: none to speak of (below 100 records)';
  const partition = status.maybeInteger('laggingPartition');
  return `lag: about ${lag} records${partition === undefined ? '' : ` in partition ${partition}`}`;
}

function conditionOf(status: Fields, type: string): Fields | undefined {
  return status.objects('conditions').find((condition) => condition.maybeText('type') === type);
}

function wordsOf(condition: Fields | undefined): string {
  if (condition === undefined) return 'not looked at yet: is the operator running?';
  return `${condition.maybeText('reason') ?? '?'}: ${condition.maybeText('message') ?? ''}`;
}

function statusOf(object: KubeObject): Fields {
  return new Fields(object['status'] ?? {}, 'status');
}

function storeNameOf(stream: KubeObject): string {
  const spec = new Fields(stream['spec'] ?? {}, 'spec');
  return spec.maybeObject('storeRef')?.maybeText('name') ?? '?';
}

function placeOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}
