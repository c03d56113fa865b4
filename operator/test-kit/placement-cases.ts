/**
 * Cases of decisions on topics that maps need, on pins and on where instruments live. In: nothing. Out: one row each, as in
 * stream-cases.ts. Plans are those of the planner itself, so that no case says what it never would.
 */
import {
  InstrumentMap,
  type InstrumentPin,
  type MeasuredInstrument,
  Placement,
  placementPolicyDefaults,
  type PlacementPolicy,
  type Plan,
  planPlacement,
  topicNames,
} from '@tapeline/domain';
import { failed, notLooked, seen } from '../src/decide/failure.ts';
import type { SeenMove } from '../src/observe/seen-placement.ts';
import type { SeenTopic } from '../src/observe/stream-observed.ts';
import type { StreamCase } from './stream-cases.ts';
import {
  partitions as basePartitions,
  placementOf,
  rememberingStatus,
  runningPods,
  seenTopics,
  streamOf,
} from './stream-world.ts';

function idsOf(topics: readonly string[]): ReadonlyMap<string, string> {
  return new Map(topics.map((topic) => [topic, `id-${topic}`]));
}

function isOfLog({ topic }: SeenTopic): boolean {
  return topic !== 'control';
}

function withConfig(config: SeenTopic['config']): (topic: SeenTopic) => SeenTopic {
  return (topic) => ({ ...topic, config: { ...topic.config, ...config } });
}

const asDeclared = withConfig({ 'retention.ms': '172800000', 'segment.bytes': '1000000' });
const keepingMore = withConfig({ 'min.compaction.lag.ms': '86400000' });
const deletingOld = withConfig({ 'cleanup.policy': 'delete', 'min.compaction.lag.ms': '0' });

const pin: InstrumentPin = { dataset: 'sim', symbol: 'AAPL', partition: 1 };
const added = 8;
const logTimeMs = 1_800_000_000_000;

/** Where instruments of these ticks a second live who were moved, or first at a pin of their row. */
type Instruments = Readonly<
  Record<string, { readonly rate: number; readonly first?: number; readonly moved?: number }>
>;

function mapOf(instruments: Instruments, partitions = basePartitions): Placement {
  const overrides = Object.entries(instruments).flatMap(([symbol, { moved }]) =>
    moved === undefined ? [] : [{ dataset: 'sim', symbol, partition: moved, epoch: 1, standing: 'spread' as const }],
  );
  return Placement.of({
    basePartitions,
    partitions,
    epoch: overrides.length === 0 && partitions === basePartitions ? 0 : 1,
    overrides,
    moves: [],
    epochTimes: [],
  });
}

/** What the planner makes of it. */
export function planOf(
  instruments: Instruments,
  policy: Partial<PlacementPolicy> = {},
  partitions: number = basePartitions,
  lagging: readonly number[] = [],
): Plan {
  const measured = new InstrumentMap<MeasuredInstrument>();
  for (const [symbol, { rate, first }] of Object.entries(instruments)) {
    measured.set('sim', symbol, { ticksPerSec: rate, pin: first });
  }
  return planPlacement({
    placement: mapOf(instruments, partitions),
    partitions,
    logTimeMs,
    instruments: measured,
    policy: { ...placementPolicyDefaults, ...policy },
    unfit: new Map(lagging.map((partition) => [partition, 'lagging'])),
  });
}

const even: Instruments = Object.fromEntries(
  ['A', 'B', 'C', 'D'].map((name, first) => [name, { rate: 10_000, first }]),
);
const heaped: Instruments = Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, { rate: 10_000, first: 0 }]));
const quiet: Instruments = Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, { rate: 10, first: 0 }]));
const single: Instruments = { A: { rate: 20_000, first: 0 } };
const aapl: Instruments = { AAPL: { rate: 100, first: 2 } };

const move: SeenMove = {
  dataset: 'sim',
  symbol: 'AAPL',
  epoch: 2,
  from: 2,
  to: 1,
  phase: 'Published',
  sinceMs: logTimeMs,
};
const broken = { declaredGaps: 3, violations: 0, reporting: basePartitions };

/** Every pod counts as ready and of the newest template, and an older one is on its way out. */
function withOlder(changes: Parameters<typeof streamOf>[0] = {}): ReturnType<typeof runningPods> {
  return runningPods(streamOf(changes)).map((workload) => ({ ...workload, templates: 2 }));
}

/** By what they show. */
export const placementCases: Readonly<Record<string, StreamCase>> = {
  'a stream from before there were maps gets its control, and loses nothing by not having had one': {
    seen: { topics: seen(seenTopics().filter(isOfLog)), row: seen({ basePartitions, topicIds: idsOf(topicNames) }) },
    effects: ['create-control'],
    tells: { TopicsReady: 'TopicsChanging', Progressing: 'Changing', WorkersReady: 'WorkersReady' },
  },
  'a control that was made is entered beside the topics that were': {
    seen: { row: seen({ basePartitions, topicIds: idsOf(topicNames) }) },
    effects: ['enter-stream'],
    tells: { TopicsReady: 'TopicsChanging' },
  },
  'a control that is gone is never made again, since it said where instruments live': {
    seen: { topics: seen(seenTopics().filter(isOfLog)) },
    tells: { Ready: 'TopicMissing', Degraded: 'TopicMissing', TopicsReady: 'TopicMissing' },
    says: /us-equities\.control \(id id-control\) was deleted and is not made again, since it was what said where/,
  },
  'settings of control are its own, and one that keeps more is left': {
    object: { spec: { topic: { retention: '2d', config: { 'segment.bytes': '1000000' } } } },
    seen: { topics: seen(seenTopics().map((topic) => (isOfLog(topic) ? asDeclared(topic) : keepingMore(topic)))) },
    tells: { TopicsReady: 'TopicsFit' },
  },
  'a control that keeps the wrong records is set back': {
    seen: { topics: seen(seenTopics().map((topic) => (isOfLog(topic) ? topic : deletingOld(topic)))) },
    effects: ['set-topic-config'],
    tells: { TopicsReady: 'TopicsChanging' },
    says: /cleanup\.policy: delete -> compact, min\.compaction\.lag\.ms: 0 -> 3600000 on topic us-equities\.control/,
  },
  'a control of several partitions has no one order': {
    seen: { topics: seen(seenTopics().map((topic) => (isOfLog(topic) ? topic : { ...topic, partitions: 4 }))) },
    tells: { Ready: 'TopicsUnfit', Degraded: 'TopicsUnfit' },
    says: /us-equities\.control has 4 partitions, and maps need one order/,
  },
  'pins are entered and then hold': {
    object: { spec: { pins: [pin] } },
    effects: ['enter-pins'],
    tells: { PinsHeld: 'PinsWaiting' },
  },
  'pins that hold need nothing': {
    object: { spec: { pins: [pin] } },
    seen: { pins: seen({ held: [pin], late: [] }) },
    tells: { PinsHeld: 'PinsHeld' },
  },
  'pins are not entered where the log is gone, or another': {
    object: { spec: { pins: [pin] } },
    seen: { topics: seen(seenTopics({ id: 'another' })) },
    tells: { TopicsReady: 'TopicReplaced', PinsHeld: 'PinsWaiting' },
    says: /pins are entered once the topics are as they should be/,
  },
  'pins that hold still do where the log is gone': {
    object: { spec: { pins: [pin] } },
    seen: { topics: seen([]), pins: seen({ held: [pin], late: [] }) },
    tells: { TopicsReady: 'TopicMissing', PinsHeld: 'PinsHeld' },
  },
  'a pin of an instrument that has ticks elsewhere is moved there': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ plan: planOf(aapl, { pins: [pin] }) })),
    },
    tells: { PinsHeld: 'PinsMoving', Degraded: 'AsExpected' },
    says: /sim\/AAPL lives in another partition, and is being moved/,
  },
  'it is not while a worker of an older template may be left': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ plan: planOf(aapl, { pins: [pin] }) })),
      workloads: withOlder(),
    },
    tells: { PinsHeld: 'PinsWaiting', Degraded: 'AsExpected', WorkersReady: 'WorkersReady' },
    says: /sim\/AAPL lives in another partition; no move begins before every worker of an older template has ended/,
  },
  'but what is under way goes on': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ placement: mapOf({ AAPL: { rate: 1, moved: 1 } }), moves: [move] })),
      workloads: withOlder(),
    },
    tells: { PinsHeld: 'PinsMoving' },
  },
  'one that is under way does not hold yet, and one that arrived does, whatever its row says': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ placement: mapOf({ AAPL: { rate: 1, moved: 1 } }), moves: [move] })),
    },
    tells: { PinsHeld: 'PinsMoving' },
  },
  'a pin that holds by the map needs nothing': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ placement: mapOf({ AAPL: { rate: 1, moved: 1 } }) })),
    },
    tells: { PinsHeld: 'PinsHeld' },
  },
  'a pin that its row has does not hold once the map says otherwise': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [pin], late: [] }),
      placement: seen(placementOf({ placement: mapOf({ AAPL: { rate: 1, moved: 3 } }) })),
    },
    tells: { PinsHeld: 'PinsMoving' },
  },
  'nobody moves it while the mode is another, and a person decides': {
    object: { spec: { pins: [pin], placement: { mode: 'Propose' } } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ plan: planOf(aapl, { pins: [pin] }) })),
    },
    tells: { PinsHeld: 'PinsNotMoved', Degraded: 'PinsNotMoved', Ready: 'Working' },
    says: /spec\.placement\.mode is Propose: set it to Auto, or take the pin out/,
  },
  'a pin that would be one move too many is told, with what to raise': {
    object: { spec: { pins: [pin], placement: { movedAtMost: 0 } } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ plan: planOf(aapl, { pins: [pin], overridesMax: 0 }) })),
    },
    tells: { PinsHeld: 'PinsBlocked', Degraded: 'PinsBlocked' },
    says: /raise spec\.placement\.movedAtMost/,
  },
  'a pin of an instrument that nobody measured yet waits': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ plan: planOf(even, { pins: [pin] }) })),
    },
    tells: { PinsHeld: 'PinsWaiting' },
    says: /another pin of sim\/AAPL was entered before, and nobody has seen it yet/,
  },
  'one in a partition that lags waits, with the reason': {
    object: { spec: { pins: [pin] } },
    seen: {
      pins: seen({ held: [], late: [pin] }),
      placement: seen(placementOf({ plan: planOf(aapl, { pins: [pin] }, basePartitions, [2]) })),
    },
    tells: { PinsHeld: 'PinsWaiting', Degraded: 'AsExpected' },
    says: /sim AAPL: stays in 2 \(pinned to 1\): its partition lags/,
  },
  'without a coordinator a pin of an instrument that lives elsewhere waits': {
    object: { spec: { pins: [pin] } },
    seen: { pins: seen({ held: [], late: [pin] }), placement: notLooked },
    tells: { PinsHeld: 'PinsWaiting', OrderProtected: 'NotReported' },
  },
  'a pin to a partition that was added later waits for ticks, and the others are entered': {
    object: { spec: { partitions: added, pins: [pin, { ...pin, symbol: 'FAR', partition: 7 }] } },
    seen: { topics: seen(seenTopics({ partitions: added })) },
    effects: ['enter-pins'],
    tells: { PinsHeld: 'PinsWaiting' },
    says: /1 pins are being entered/,
  },
  'it begins at home, which is told': {
    object: { spec: { partitions: added, pins: [{ ...pin, symbol: 'FAR', partition: 7 }] } },
    seen: { topics: seen(seenTopics({ partitions: added })) },
    tells: { PinsHeld: 'PinsWaiting', Degraded: 'AsExpected' },
    says: /nobody has seen sim\/FAR yet: what has a pin to a partition that was added later begins at home/,
  },
  'partitions that a map names hold workers, too': {
    object: { spec: { partitions: added, workers: { replicas: 6 } } },
    seen: {
      topics: seen(seenTopics({ partitions: added })),
      placement: seen(
        placementOf({ placement: mapOf({}, added), order: { ...broken, declaredGaps: 0, reporting: added } }),
      ),
      workloads: [],
    },
    effects: ['apply-object', 'apply-object'],
    tells: { OverProvisioned: 'WorkersFit', OrderProtected: 'OrderKept' },
  },
  'order is told once somebody reports': {
    seen: { placement: seen(placementOf({ order: { declaredGaps: 0, violations: 0, reporting: 0 } })) },
    tells: { OrderProtected: 'NotReported', Degraded: 'AsExpected' },
  },
  'a declared gap waits for a person': {
    seen: { placement: seen(placementOf({ order: broken })) },
    tells: { OrderProtected: 'GapUnread', Degraded: 'GapUnread', Ready: 'Working' },
    says: /3 ticks never came .* 0 of them were looked into.* tickstream\/us-equities tapeline\.dev\/gaps-read=3/,
  },
  'gaps that were read are no problem any more': {
    object: { metadata: { annotations: { 'tapeline.dev/gaps-read': '3' } } },
    seen: { placement: seen(placementOf({ order: broken })) },
    tells: { OrderProtected: 'OrderKept', Degraded: 'AsExpected' },
  },
  'of more gaps than were read the rest is not': {
    object: { metadata: { annotations: { 'tapeline.dev/gaps-read': '2' } } },
    seen: { placement: seen(placementOf({ order: broken })) },
    tells: { OrderProtected: 'GapUnread' },
    says: /2 of them were looked into/,
  },
  'nobody reads ahead: a number above what there is stands for none': {
    object: { metadata: { annotations: { 'tapeline.dev/gaps-read': '999' } } },
    seen: { placement: seen(placementOf({ order: broken })) },
    tells: { OrderProtected: 'GapUnread' },
    says: /0 of them were looked into/,
  },
  'gaps that were told stay while not every partition reports': {
    object: { status: { ...rememberingStatus, order: { declaredGaps: 5, violations: 0 } } },
    seen: { placement: seen(placementOf({ order: { ...broken, reporting: 1 } })) },
    tells: { OrderProtected: 'GapUnread' },
    says: /5 ticks never came/,
  },
  'and while no coordinator runs': {
    object: { spec: { paused: true }, status: { ...rememberingStatus, order: { declaredGaps: 5, violations: 0 } } },
    seen: { placement: notLooked },
    tells: { OrderProtected: 'GapUnread', Paused: 'PausedBySpec' },
  },
  'a record that contradicts the rules is worse than a gap': {
    seen: { placement: seen(placementOf({ order: { ...broken, violations: 1 } })) },
    tells: { OrderProtected: 'OrderViolated', Degraded: 'OrderViolated' },
    says: /tapeline\.dev\/violations-read=1/,
  },
  'a coordinator that fails is told': {
    seen: { placement: failed({ code: 'REFUSED', message: 'Kafka refuses Write on us-equities.control' }) },
    tells: { OrderProtected: 'CoordinatorFailing', Degraded: 'CoordinatorFailing', Skewed: 'NotMeasured' },
    says: /Write on us-equities\.control/,
  },
  'even partitions are balanced': {
    seen: { placement: seen(placementOf({ plan: planOf(even) })) },
    tells: { Skewed: 'Balanced' },
  },
  'one partition with everything is being spread': {
    seen: { placement: seen(placementOf({ plan: planOf(heaped) })) },
    tells: { Skewed: 'Spreading', Degraded: 'AsExpected' },
    says: /carries some 400 % of their mean, and 130 % is the most wanted/,
  },
  'it waits while a worker of an older template may be left': {
    seen: { placement: seen(placementOf({ plan: planOf(heaped) })), workloads: withOlder() },
    tells: { Skewed: 'Spreading', Degraded: 'AsExpected' },
    says: /no move begins before every worker of an older template has ended, then instruments are moved/,
  },
  'it is not while the mode is another': {
    object: { spec: { placement: { mode: 'Propose' } } },
    seen: { placement: seen(placementOf({ plan: planOf(heaped) })) },
    tells: { Skewed: 'NotSpread' },
  },
  'and in mode Off nobody weighs': {
    object: { spec: { placement: { mode: 'Off' } } },
    tells: { Skewed: 'NotMeasured' },
    says: /mode is Off, so nobody weighs partitions/,
  },
  'a plan by rough rates tells nothing of skew': {
    seen: { placement: seen(placementOf({ plan: planOf(heaped), isMeasured: false })) },
    tells: { Skewed: 'NotMeasured' },
  },
  'what carries next to nothing is left': {
    seen: { placement: seen(placementOf({ plan: planOf(quiet) })) },
    tells: { Skewed: 'TooQuiet' },
  },
  'one instrument cannot be parted, which is told with what helps': {
    seen: { placement: seen(placementOf({ plan: planOf(single) })) },
    tells: { Skewed: 'CannotSpread' },
    says: /cannot be parted further; add partitions, or see kubectl tapeline top us-equities/,
  },
  'a skew that hangs about its bound is told as before': {
    object: { status: { ...rememberingStatus, skewPercent: 130 } },
    seen: { placement: seen(placementOf({ plan: planOf({ ...even, A: { rate: 15_000, first: 0 } }) })) },
    tells: { Skewed: 'Balanced' },
  },
};
