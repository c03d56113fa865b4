/**
 * A world whose bars have many revisions, one soon after the other. In: what runs, the rate. Out: the work on it and on its
 * load: trades come up to 2.5 s late into bars that close after 0.2 s.
 */
import type { Load } from './load.ts';
import { type FlowWish, inLoadedWorld } from './loaded-world.ts';
import type { Servers } from './servers.ts';
import type { World, WorldWish } from './world.ts';

const shuffleMs = 2_500;

/** Runs `work` as `inLoadedWorld` does. */
export async function inLateWorld<Result>(
  servers: Servers,
  wish: WorldWish,
  flow: Pick<FlowWish, 'seed' | 'tradesPerSecond' | 'first'>,
  work: (world: World, load: Load) => Promise<Result>,
): Promise<Result> {
  return inLoadedWorld(servers, { ...wish, workerArgs: ['--lateness', '200ms'] }, { shuffleMs, ...flow }, work);
}
