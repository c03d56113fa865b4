/**
 * Where instruments live, as the whole operator tells and does it on a real API server, Kafka and Cassandra: every reason of OrderProtected,
 * Skewed and PinsHeld, a pin that is moved, and partitions that are added by `kubectl patch` and filled. Workers only report, by hand.
 */
import { homePartition } from '@tapeline/domain';
import { streamReasons, tickStreamType } from '@tapeline/operator';
import { systemClock } from '@tapeline/runtime';
import { kafkaForTests } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { until } from '../faults/rig/until.ts';
import type { Spec } from './rig/market.ts';
import { namespace } from './rig/operator-cluster.ts';
import { OwnersByHand } from './rig/owners-by-hand.ts';
import { ToldReasons } from './rig/told-reasons.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const whole = await startWholeOperator();
const own: { told?: ToldReasons; owners?: OwnersByHand } = {};
const withinMs = 120_000;
const pokeMs = 3_000;

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

function owners(): OwnersByHand {
  if (own.owners === undefined) throw new Error('nobody owns partitions yet');
  return own.owners;
}

async function changed(spec: Spec): Promise<void> {
  await operator().market.change(tickStreamType, 'placed', { spec });
}

async function annotated(name: string, value: string): Promise<void> {
  await operator().market.change(tickStreamType, 'placed', { metadata: { annotations: { [name]: value } } });
}

/** Edits it now and then, as a round comes once a minute where nothing changes. */
async function told(...wanted: readonly string[]): Promise<void> {
  await toldWithin(wanted, withinMs);
}

async function toldWithin(wanted: readonly string[], ms: number): Promise<void> {
  const { market } = operator();
  const over = new AbortController();
  const poking = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      await market.poke(tickStreamType, 'placed');
      await systemClock.sleep(pokeMs, over.signal);
    }
  })();
  try {
    await market.tells(tickStreamType, 'placed', wanted, ms);
  } finally {
    over.abort();
    await poking;
  }
}

async function status(): Promise<Readonly<Record<string, unknown>>> {
  return ((await operator().market.get(tickStreamType, 'placed'))?.['status'] ?? {}) as Record<string, unknown>;
}

/** Symbols of dataset `sim` whose home is this one of two partitions. */
function livingIn(partition: number, count: number): readonly string[] {
  const names = Array.from({ length: 40 * count }, (_, n) => `S${n}`);
  return names.filter((symbol) => homePartition('sim', symbol, 2) === partition).slice(0, count);
}

function rates(symbols: readonly string[], ticksPerSec: number): Readonly<Record<string, number>> {
  return Object.fromEntries(symbols.map((symbol) => [symbol, ticksPerSec]));
}

describe.skipIf(whole.unavailable !== undefined)(
  `placement (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    if (whole.unavailable === undefined) own.told = new ToldReasons(whole.place.api, tickStreamType, namespace);
    afterAll(async () => {
      await own.owners?.end();
      await own.told?.end();
      await operator().end();
    });
    ofReports();
    ofSkew();
    ofPins();
    ofPartitions();
    ofStrangers();
  },
);

function ofReports(): void {
  test('order is told once workers report, and a gap until somebody says that it was read', async () => {
    const { market } = operator();
    const kafka = await kafkaForTests();
    if (kafka.unavailable !== undefined) throw new Error(kafka.unavailable);
    await market.made('placed', { partitions: 2 });
    await told('OrderProtected NotReported', 'Skewed NotMeasured', 'PinsHeld NoPins', 'Degraded AsExpected');
    own.owners = await OwnersByHand.begin(kafka.brokers, market.nameOf('placed'), 2);
    await told('OrderProtected OrderKept', 'Degraded AsExpected');
    owners().declaredGaps = 2;
    await told('OrderProtected GapUnread', 'Degraded GapUnread', 'Ready Working');
    await annotated('tapeline.dev/gaps-read', '2');
    await told('OrderProtected OrderKept', 'Degraded AsExpected');
    owners().orderViolations = 1;
    await told('OrderProtected OrderViolated', 'Degraded OrderViolated');
    await annotated('tapeline.dev/violations-read', '1');
    await told('OrderProtected OrderKept', 'Degraded AsExpected');
  });
}

function ofSkew(): void {
  test('skew is told with what is done about it', async () => {
    const [first, second] = [livingIn(0, 4), livingIn(1, 4)];
    await changed({ placement: { mode: 'Propose' } });
    owners().rates = rates([...first, ...second], 10_000);
    await told('Skewed Balanced');
    owners().rates = rates(first, 10_000);
    await told('Skewed NotSpread');
    const planned = { from: 0, to: 1, reason: 'spread' };
    expect(await status()).toMatchObject({ plan: { count: 2, moves: [planned, planned] }, epoch: 1, moves: 0 });
    expect((await status())['hotSymbols']).toHaveLength(4);
    owners().rates = rates(first, 1);
    await told('Skewed TooQuiet');
    await changed({ placement: { mode: 'Auto' } });
    owners().rates = rates(first.slice(0, 1), 10_000);
    await told('Skewed CannotSpread');
    owners().rates = rates([...first, ...second], 10_000);
    await told('Skewed Balanced');
  });
}

function ofPins(): void {
  test('a pin that comes late is moved where that is allowed, and kubectl shows the move', async () => {
    const [symbol = ''] = livingIn(0, 1);
    const pin = { dataset: 'sim', symbol, partition: 0 };
    await changed({ pins: [pin] });
    await told('PinsHeld PinsHeld');
    await changed({ placement: { mode: 'Propose' }, pins: [{ ...pin, partition: 1 }] });
    await told('PinsHeld PinsNotMoved', 'Degraded PinsNotMoved');
    await changed({ placement: { mode: 'Auto', movedAtMost: 0 } });
    await told('PinsHeld PinsBlocked', 'Degraded PinsBlocked');
    await changed({ placement: { movedAtMost: null } });
    await told('PinsHeld PinsMoving', 'Degraded AsExpected');
    const isUnderWay = async (): Promise<boolean> => Number((await status())['moves']) > 0;
    await until('a move is under way', isUnderWay, { withinMs });
    await told('PinsHeld PinsHeld', 'Degraded AsExpected');
    expect(owners().map.epoch).toBeGreaterThan(0);
    const events = async (): Promise<string> => operator().place.cluster.kubectl(['get', 'events', '-n', namespace]);
    await until(
      'both ends of the move are told',
      async () => /MovePublished[^]*MoveDone|MoveDone[^]*MovePublished/.test(await events()),
      {
        withinMs,
      },
    );
    await until('nothing is under way', async () => (await status())['moves'] === 0, { withinMs });
  });
}

function ofPartitions(): void {
  test('kubectl patch of partitions grows topics and map, and instruments spread over them', async () => {
    const { place, market } = operator();
    owners().rates = rates([...livingIn(0, 8), ...livingIn(1, 8)], 5_000);
    const patch = ['-n', namespace, '--type=merge', '-p', JSON.stringify({ spec: { partitions: 4, pins: null } })];
    await place.cluster.kubectl(['patch', 'tickstream', 'placed', ...patch]);
    owners().partitions = 4;
    await until('the map names four partitions', async () => owners().map.partitions === 4, { withinMs });
    await told('Skewed Spreading');
    await told('Skewed Balanced', 'TopicsReady TopicsFit');
    expect(await status()).toMatchObject({ partitions: 4, basePartitions: 2, placedPartitions: 4 });
    const columns = await place.cluster.kubectl(['get', 'ts', 'placed', '-n', namespace]);
    expect(columns).toMatch(new RegExp(`placed +True +Working +4 +${owners().map.epoch} `));
    expect(await market.admin.topicConfig(market.topicOf('placed', 'control'))).toMatchObject({
      'cleanup.policy': 'compact',
    });
  });
}

function ofStrangers(): void {
  test('another coordinator that does not give way is told, with what to do', async () => {
    await owners().claim(Number.MAX_SAFE_INTEGER);
    await toldWithin(['OrderProtected CoordinatorFailing', 'Degraded CoordinatorFailing', 'Ready Working'], 240_000);
  });

  test('every reason of where instruments live was told', () => {
    const { OrderProtected, Skewed, PinsHeld } = streamReasons;
    const reasons = { OrderProtected, Skewed, PinsHeld: PinsHeld.filter((reason) => reason !== 'PinsWaiting') };
    const lines = own.told?.lines(reasons) ?? [];
    process.stdout.write(`Placement, times that each reason was entered:\n  ${lines.join('\n  ')}\n`);
    expect(own.told?.missing(reasons)).toEqual([]);
  });
}
