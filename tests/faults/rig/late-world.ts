/**
 * A world whose bars have many revisions, one soon after the other. In: what runs, the rate. Out: the work on it and on its
 * load: trades come up to 2.5 s late into bars that close after 0.2 s.
 */
import { Load, type LoadWish } from './load.ts';
import type { Servers } from './servers.ts';
import { until } from './until.ts';
import { inWorld, type World, type WorldWish } from './world.ts';

const shuffleMs = 2_500;

/** What is published, and how many trades are acknowledged before the work begins. */
export type LateLoad = Pick<LoadWish, 'seed' | 'tradesPerSecond'> & { readonly first: number };

/** Runs `work` as `inWorld` does. */
export async function inLateWorld<Result>(
  servers: Servers,
  wish: WorldWish,
  { first, ...rate }: LateLoad,
  work: (world: World, load: Load) => Promise<Result>,
): Promise<Result> {
  return inWorld(servers, { ...wish, workerArgs: ['--lateness', '200ms'] }, async (world) => {
    const load = await Load.start({ addresses: world.ingestAddresses, shuffleMs, ...rate });
    await until('trades are acknowledged', () => load.acknowledgedCount > first);
    return work(world, load);
  });
}
