/**
 * Publishes the simulator's history, once for each data directory. In: a recipe. Out: its ticks as a replay with an
 * identity of its own that ends with EndOfReplay. The register keeps the recipe, so that a start after a crash makes the
 * same ticks under the same identity, and one after that adds nothing: history and live ticks never cover one moment.
 */
import { setImmediate } from 'node:timers/promises';
import { issueDayOf, TimeDomain } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';
import { GraceOverError, PublisherExpiredError } from '../publish/sink-faults.ts';
import { type PublisherParts, TickPublisher } from '../publish/tick-publisher.ts';
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import type { ReplayRegister } from '../replay-register.ts';
import { sourceKey } from '../source-key.ts';
import { type BackfillRecipe, readRecipe, recipeText } from './backfill-recipe.ts';
import { SimulatedExchange } from './simulated-exchange.ts';

/** What a history is published with. */
export type BackfillParts = PublisherParts & {
  readonly register: ReplayRegister;
  readonly logger: Logger;
  readonly dataset: string;
};

const batchMax = 2_000;
/** Market time that is made at once. */
const sliceUs = 10_000_000;
const daysOfLife = 7;
const msPerDay = 86_400_000;

/** A history whose publisher is open and noted; it ends early at a stop. */
export type BegunBackfill = () => Promise<void>;

/**
 * Opens the history unless it is there, and notes it, before the first live tick; `wanted` is what a first start makes,
 * `none` = nothing, which is noted too, so that no later start makes one of hours that had live ticks.
 */
export async function beginBackfill(
  parts: BackfillParts,
  wanted: BackfillRecipe | 'none',
): Promise<BegunBackfill | undefined> {
  const { register, dataset, clock, logger } = parts;
  const key = sourceKey(['simulator history', dataset]);
  const [begun] = await register.find(key);
  if (begun?.isFinished === true) return undefined;
  if (begun === undefined && wanted === 'none') {
    await register.begin(key, { publisherId: 0n, symbols: [], recipe: '' });
    await register.finish(key, 0n);
    return undefined;
  }
  const recipe = begun === undefined && wanted !== 'none' ? wanted : readRecipe(begun?.recipe ?? '');
  if (recipe === undefined || (begun !== undefined && isPastLife(begun.publisherId, clock.nowMs()))) {
    logger.warn('the history that a start before began cannot be ended any more; the live market goes on', { dataset });
    return undefined;
  }
  const text = recipeText(recipe);
  const sourceDigest = sourceKey(['simulator', dataset, text]);
  const identity = { dataset, timeDomain: TimeDomain.replay, clientName: 'simulator history', sourceDigest };
  const id = begun === undefined ? {} : { publisherId: begun.publisherId };
  const publisher = await TickPublisher.open(parts, { ...identity, ...id });
  await register.begin(key, { publisherId: publisher.id, symbols: 'all', recipe: text });
  return async () => {
    if (!(await sendAll(parts, publisher, recipe))) return;
    await register.finish(key, publisher.id);
    logger.info('the simulated history is complete', { dataset });
  };
}

/** Does a part of the history's work; a stop, and an id that died, end it without harm to the live market. */
export async function sparingLive<Value>(parts: BackfillParts, work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PublisherExpiredError) {
      parts.report.refused('PUBLISHER_EXPIRED', `the simulated history ends in the middle: ${error.message}`);
    } else if (!(error instanceof GraceOverError)) throw error;
    return undefined;
  }
}

function isPastLife(publisherId: bigint, nowMs: number): boolean {
  return nowMs >= (issueDayOf(publisherId) + daysOfLife) * msPerDay;
}

/** Sends the history and ends it; false if a stop came first, and then the next start begins again. */
async function sendAll({ stop }: BackfillParts, publisher: TickPublisher, recipe: BackfillRecipe): Promise<boolean> {
  const exchange = new SimulatedExchange(recipe);
  const links = new Map<string, number>();
  let sequence = 0;
  let batch: UnnumberedRow[] = [];
  const take = (row: UnnumberedRow): void => {
    sequence += 1;
    row.sequence = sequence;
    row.link = links.get(row.symbol) ?? 0;
    links.set(row.symbol, sequence);
    batch.push(row);
  };
  while (exchange.nowUs < recipe.endUs - 1) {
    exchange.advance(Math.min(exchange.nowUs + sliceUs, recipe.endUs - 1), take);
    for (let at = 0; at < batch.length; at += batchMax) await publisher.send(batch.slice(at, at + batchMax));
    batch = [];
    // The process does other work meanwhile, such as the live market.
    await setImmediate();
    if (stop.asked.aborted) {
      await publisher.close();
      return false;
    }
  }
  if (links.size > 0) await publisher.end([...links].map(([symbol, link]) => ({ symbol, link })));
  await publisher.close();
  return true;
}
