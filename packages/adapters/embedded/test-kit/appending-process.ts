/**
 * A process that is made to be killed: it appends and stores as fast as it can and prints what was acknowledged, each
 * line before the next is begun. In: the directory as its argument. Out: lines `a <partition> <offset> <number>` for a
 * record and `s <next offset>` for a snapshot, or `error <code> <message>`.
 */
import { writeSync } from 'node:fs';
import type { Bar, SnapshotClaim } from '@tapeline/domain';
import { silentLogger, systemClock } from '@tapeline/runtime';
import { type Embedded, EmbeddedError, openEmbedded } from '../src/index.ts';
import { numberedRecord } from './numbered-record.ts';

/** Partitions that it appends to. */
export const appendingPartitions = 2;
/** Appends under way at once. */
const underWay = 16;

/** The bar that the process writes before the snapshot of this offset. */
export function barBeforeSnapshot(nextOffset: number): Bar {
  return {
    dataset: 'd',
    symbol: 'A',
    interval: '1s',
    profile: 'all',
    startSec: 0,
    endSec: 1,
    tradingDate: 0,
    session: 'regular',
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume: 1n,
    notional: 1n,
    trades: nextOffset,
    revision: nextOffset,
    foldVersion: 1,
    state: 'revised',
    position: { partition: 0, epoch: 0, offset: nextOffset },
    priceExponent: -2,
    sizeExponent: 0,
  };
}

async function append({ log }: Embedded, partition: number, number: number): Promise<void> {
  const { offset } = await log.append('ticks', partition, numberedRecord(number));
  writeSync(1, `a ${partition} ${offset} ${number}\n`);
}

async function store({ store: target }: Embedded, nextOffset: number, claim: SnapshotClaim): Promise<void> {
  await target.writeBars([barBeforeSnapshot(nextOffset)]);
  await target.saveSnapshot({ partition: 0, nextOffset, bytes: numberedRecord(nextOffset) }, claim);
  writeSync(1, `s ${nextOffset}\n`);
}

async function run(dataDir: string): Promise<void> {
  const embedded = await openEmbedded({
    dataDir,
    partitions: appendingPartitions,
    retentionMs: 86_400_000,
    clock: systemClock,
    logger: silentLogger,
  });
  const { endOffset } = await embedded.log.range('ticks', 0);
  const claim = await embedded.store.claimSnapshots(0);
  let number = endOffset * appendingPartitions;
  for (let round = endOffset + 1; ; round += 1) {
    const appends = Array.from({ length: underWay }, async () =>
      append(embedded, number % appendingPartitions, number++),
    );
    await Promise.all([...appends, store(embedded, round, claim)]);
  }
}

if (process.argv[2] !== undefined) {
  try {
    await run(process.argv[2]);
  } catch (error) {
    const code = error instanceof EmbeddedError ? error.code : 'UNEXPECTED';
    writeSync(1, `error ${code} ${String(error)}\n`);
    process.exitCode = 1;
  }
}
