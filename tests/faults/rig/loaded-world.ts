/**
 * A world in which trades flow. In: what runs, what is published. Out: the work on it and on its load, once so many trades are
 * acknowledged that every instrument is known (a new one would wait for the store) and every process at work.
 */
import { Load, type LoadWish } from './load.ts';
import type { Servers } from './servers.ts';
import { until } from './until.ts';
import { inWorld, type World, type WorldWish } from './world.ts';

/** What is published, by way of all ingests; the work begins after `first` acknowledged trades, 1,000 where absent. */
export type FlowWish = Omit<LoadWish, 'addresses'> & { readonly first?: number };

/** Runs `work` as `inWorld` does. */
export async function inLoadedWorld<Result>(
  servers: Servers,
  wish: WorldWish,
  { first = 1_000, ...flow }: FlowWish,
  work: (world: World, load: Load) => Promise<Result>,
): Promise<Result> {
  return inWorld(servers, wish, async (world) => {
    const load = await Load.start({ addresses: world.ingestAddresses, ...flow });
    await until('trades are acknowledged', () => load.acknowledgedCount > first);
    return work(world, load);
  });
}
