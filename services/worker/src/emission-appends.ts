/**
 * Records of one partition on their way to others. In: emissions of steps, in the fold's order. Out: all of them durable, those of
 * a target one after the other and in order (O1), targets beside each other; and each told. It waits for the log of the target
 * alone, never for who owns it, so partitions that send to each other do not wait in a circle.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LogError, type TickLog, type Emission } from '@tapeline/domain';
import type { PatientEffects } from './patient-effects.ts';

/** What appending needs. */
export type EmissionAppendsConfig = {
  readonly log: Pick<TickLog, 'append' | 'partitionCount' | 'refreshPartitions'>;
  readonly effects: PatientEffects;
  /** Hears of each record that is durable. */
  readonly sent: (record: Uint8Array) => void;
};

/** Trades are gathered from so many bytes of blocks in one go: some 5 ms. */
const workBytes = 32_768;

/**
 * Resolves once all of them are durable; rejects where one cannot become it. `aheadThere` resolves once what went ahead to a partition
 * is there: an instrument comes behind its trades.
 */
export async function appendEmissions(
  config: EmissionAppendsConfig,
  emissions: readonly Emission[],
  aheadThere: (to: number) => Promise<void>,
): Promise<void> {
  const byTarget = new Map<number, Emission[]>();
  for (const emission of emissions) {
    const others = byTarget.get(emission.to);
    if (others === undefined) byTarget.set(emission.to, [emission]);
    else others.push(emission);
  }
  await Promise.all(
    [...byTarget].map(async ([to, own]) => {
      for (const emission of own) {
        if (emission.isBehindAhead) await aheadThere(to);
        await appendEmission(config, emission);
      }
    }),
  );
}

/** Resolves once its records are durable, or `isOver` says before one that they need not be. */
export async function appendEmission(
  { log, effects, sent }: EmissionAppendsConfig,
  { to, pieces }: Emission,
  isOver: () => boolean = () => false,
): Promise<void> {
  // They are made only now, so that what waits does not stand in memory twice, and a little at a time: others have their turn.
  for (const bytes of pieces(workBytes)) {
    if (isOver()) return;
    if (bytes === undefined) {
      await nextTurn();
      continue;
    }
    await effects.run(`appending to ticks of partition ${to}`, async () => {
      await findPartition(log, to);
      await log.append('ticks', to, bytes);
    });
    sent(bytes);
  }
}

/** A Move may name a partition that this process has not seen yet: who appended the Move has. */
async function findPartition(log: EmissionAppendsConfig['log'], partition: number): Promise<void> {
  if (partition < log.partitionCount) return;
  const there = await log.refreshPartitions();
  if (partition < there) return;
  const message = `an instrument moves to partition ${partition} and the log has ${there} partitions; it is looked for again`;
  throw new LogError('LOG_UNAVAILABLE', message);
}
