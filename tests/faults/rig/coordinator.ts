/**
 * The coordinator of a world. In: a world, a policy. Out: a process that can be killed, held and started again, and what it says; pins
 * and partitions that are asked of it. It ends with the test's process, or by `stop`.
 */
import type { InstrumentPin, PlacementPolicy } from '@tapeline/domain';
import { Child } from './child.ts';
import { type CoordinatorStatus, policyVariable, type ToldMove } from './coordinator-wire.ts';
import { loadDataset } from './load.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

/** Where instruments shall be, by symbol. */
export type WantedPlaces = Readonly<Record<string, number>>;

const readyWithinMs = 120_000;
const answerWithinMs = 10_000;

/** One process; two of them depose each other. */
export class Coordinator {
  readonly child: Child;

  private constructor(child: Child) {
    this.child = child;
  }

  /** Starts one and waits until it has read `control`. */
  static async start(world: World, policy: Partial<PlacementPolicy> = {}, name = 'coordinator'): Promise<Coordinator> {
    const main = 'tests/faults/rig/coordinator-main.ts';
    const args = [...world.args, '--grpc-port', '0', '--metrics-port', '0'];
    const env = { [policyVariable]: JSON.stringify(policy) };
    const coordinator = new Coordinator(new Child({ name, main, args, env, folder: world.folder }));
    await until('the coordinator has read control', async () => (await coordinator.look()) !== undefined, {
      withinMs: readyWithinMs,
    });
    return coordinator;
  }

  /** What it knows; `undefined` while it does not answer, or has not read `control`. */
  async look(): Promise<CoordinatorStatus | undefined> {
    try {
      const status = JSON.parse(await this.#ask('/status')) as Partial<CoordinatorStatus>;
      return status.state === undefined ? undefined : (status as CoordinatorStatus);
    } catch (error) {
      if (isAway(error)) return undefined;
      throw error;
    }
  }

  /** Wants instruments there and nowhere else: these are all pins that there are from now on. */
  async pin(places: WantedPlaces): Promise<void> {
    const pins: InstrumentPin[] = Object.entries(places).map(([symbol, partition]) => {
      return { dataset: loadDataset, symbol, partition };
    });
    await this.#ask('/pins', JSON.stringify(pins));
  }

  /** Wants so many partitions; resolves once a map has them. Rejects where it is refused. */
  async grow(count: number): Promise<void> {
    await this.#ask(`/grow?count=${count}`, '', 60_000);
  }

  /** Waits until no move is under way and `isSo` holds; answers what it knows then. */
  async settled(
    what: string,
    isSo: (status: CoordinatorStatus) => boolean,
    withinMs = 120_000,
  ): Promise<CoordinatorStatus> {
    let last: CoordinatorStatus | undefined;
    const isThere = async (): Promise<boolean> => {
      last = await this.look();
      return last !== undefined && last.state === 'idle' && last.moves.length === 0 && isSo(last);
    };
    await until(what, isThere, { withinMs }).catch((error: unknown) => {
      throw new Error(`${what}; the coordinator says ${JSON.stringify(last)}`, { cause: error });
    });
    if (last === undefined) throw new Error('the coordinator says nothing');
    return last;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.child.kill('SIGKILL');
  }

  async #ask(path: string, body?: string, withinMs = answerWithinMs): Promise<string> {
    const port = await this.child.field('controlPort', readyWithinMs);
    const signal = AbortSignal.timeout(withinMs);
    const post = body === undefined ? {} : { method: 'POST', body };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal, ...post });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the coordinator answers ${answer.status}: ${text}`);
    return text;
  }
}

/** Where each symbol went last, of moves that ended. */
export function lastPlaces(ended: readonly ToldMove[]): Record<string, number> {
  return Object.fromEntries(ended.map(({ symbol, to }) => [symbol, to]));
}

/** Of a process that is held, or dead, or just begins. */
function isAway(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.message === 'fetch failed');
}
