/**
 * Streams and stores as trees for a terminal. In: objects as the API has them. Out: lines: each stream with its store, partitions,
 * workers, feeds and lag; each store that no stream here uses; each with what is wrong and what to do. Pure; it knows statuses of older
 * operators may lack anything.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { Fields } from '../crd/fields.ts';

/** What trees are drawn from: streams, stores that they may use, and stores to draw by themselves. */
export type TreeInput = {
  readonly streams: readonly KubeObject[];
  readonly stores: readonly KubeObject[];
  readonly loneStores?: readonly KubeObject[];
};

type Branch = { readonly text: string; readonly branches?: readonly Branch[] };

const streamParts = ['TopicsReady', 'StoreReady', 'WorkersReady', 'FeedsReady', 'PinsHeld', 'OrderProtected'] as const;
const storeParts = ['SchemaAgreed', 'ReplicationConsistent', 'SchemaApplied'] as const;

/** The lines, without line feeds; none where there is nothing. */
export function statusTree({ streams, stores, loneStores = [] }: TreeInput): readonly string[] {
  const roots = [
    ...sorted(streams).map((stream) => streamBranch(stream, storeOf(stream, stores))),
    ...sorted(loneStores).map((store) => storeBranch(placeOf(store), store)),
  ];
  return roots.flatMap((root) => linesOf(root, '', ''));
}

/** The stores that none of the streams names. */
export function storesWithout(streams: readonly KubeObject[], stores: readonly KubeObject[]): readonly KubeObject[] {
  const used = new Set(streams.map((stream) => storeOf(stream, stores)));
  return stores.filter((store) => !used.has(store));
}

function sorted(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
}

function storeOf(stream: KubeObject, stores: readonly KubeObject[]): KubeObject | undefined {
  const name = storeNameOf(stream);
  return stores.find(({ metadata }) => metadata.namespace === stream.metadata.namespace && metadata.name === name);
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
  const { first, last } = problemsIn(status, streamParts);
  return {
    text: `TickStream ${placeOf(stream)}  ${headWords(status)}`,
    branches: [
      ...first,
      topicsBranch(spec, status),
      storeBranch(storeNameOf(stream), store),
      workersBranch(spec, status),
      ...status.objects('feeds').map((feed) => ({
        text: `feed ${feed.maybeText('name') ?? '?'}: ${feed.maybeInteger('ready') ?? 0} of 1 ready`,
      })),
      { text: lagText(status) },
      ...last,
    ],
  };
}

type Problems = {
  /** What holds all of it: a deletion that hangs, a pause. */
  readonly first: readonly Branch[];
  /** What its parts lack, and what else needs a person. */
  readonly last: readonly Branch[];
};

/** What is wrong. Degraded is told unless its reason is that of a part or of Ready, whose words are the same. */
function problemsIn(status: Fields, parts: readonly string[]): Problems {
  const open = parts.map((type) => conditionOf(status, type)).filter((part) => part !== undefined && !isWell(part));
  const told = [...open, conditionOf(status, 'Ready')].map((condition) => condition?.maybeText('reason'));
  const degraded = conditionOf(status, 'Degraded');
  const isTold = degraded === undefined || !isTrue(degraded) || told.includes(degraded.maybeText('reason'));
  const isBlocked = degraded?.maybeText('reason') === 'DeletionBlocked';
  const paused = conditionOf(status, 'Paused');
  const more = isTold ? [] : [problem(degraded)];
  return {
    first: [...(isBlocked ? more : []), ...(paused !== undefined && isTrue(paused) ? [problem(paused)] : [])],
    last: [...open.map(problem), ...(isBlocked ? [] : more)],
  };
}

function problem(condition: Fields | undefined): Branch {
  return { text: `! ${wordsOf(condition)}` };
}

/** That nobody counts gaps yet is no problem by itself: whose fault it is stands at another part. */
function isWell(condition: Fields): boolean {
  return isTrue(condition) || condition.maybeText('reason') === 'NotReported';
}

function isTrue(condition: Fields): boolean {
  return condition.maybeText('status') === 'True';
}

function topicsBranch(spec: Fields, status: Fields): Branch {
  const [live, base] = [status.maybeInteger('partitions'), status.maybeInteger('basePartitions')];
  const placed = status.maybeInteger('placedPartitions') ?? base;
  const spare =
    live !== undefined && placed !== undefined && live > placed ? `, instruments live on ${placed} of them` : '';
  const topics = status.objects('topics').map((topic) => {
    const [partitions, replicas] = [topic.maybeInteger('partitions'), topic.maybeInteger('replicas')];
    const size = partitions === undefined ? 'not seen now' : `${partitions} partitions of ${replicas ?? '?'} replicas`;
    return { text: `${topic.maybeText('name') ?? '?'}  ${size}  id ${topic.maybeText('id') ?? '?'}` };
  });
  return {
    text: `partitions: ${live ?? '?'} of ${spec.maybeInteger('partitions') ?? '?'} declared${spare}`,
    branches: [...topics, ...placementBranches(status)],
  };
}

/** What moves, and whether some carry far more than others; nothing while everything is where it was first. */
function placementBranches(status: Fields): readonly Branch[] {
  const [epoch, moves] = [status.maybeInteger('epoch') ?? 0, status.maybeInteger('moves') ?? 0];
  const skewed = conditionOf(status, 'Skewed');
  return [
    ...(epoch <= 1 && moves === 0 ? [] : [{ text: `epoch ${epoch}, ${moves === 0 ? 'no' : moves} moves under way` }]),
    ...(skewed !== undefined && isTrue(skewed) ? [problem(skewed)] : []),
  ];
}

function storeBranch(name: string, store: KubeObject | undefined): Branch {
  if (store === undefined) return { text: `TickStore ${name}  is not there` };
  const [spec, status] = [new Fields(store['spec'] ?? {}, 'spec'), statusOf(store)];
  const nodes = status.maybeInteger('nodes') ?? '?';
  const { first, last } = problemsIn(status, storeParts);
  return {
    text: `TickStore ${name}  ${headWords(status)}`,
    branches: [
      ...first,
      {
        text: `keyspace ${spec.maybeText('keyspace') ?? '?'} on ${nodes} nodes, migration ${status.maybeInteger('migrations') ?? '?'}`,
      },
      ...last,
    ],
  };
}

function workersBranch(spec: Fields, status: Fields): Branch {
  const workers = status.maybeObject('workers');
  const wanted = spec.maybeObject('workers')?.maybeInteger('replicas') ?? 1;
  const over = conditionOf(status, 'OverProvisioned');
  const spare = over !== undefined && isTrue(over) ? [problem(over)] : [];
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

/** Ready's words, and while it goes, how far that is. */
function headWords(status: Fields): string {
  const ready = conditionOf(status, 'Ready');
  const progress = conditionOf(status, 'Progressing');
  const isGoing = ready?.maybeText('reason') === 'Deleting' && progress?.maybeText('reason') === 'Deleting';
  return isGoing ? `${wordsOf(ready)}; ${progress.maybeText('message') ?? ''}` : wordsOf(ready);
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
