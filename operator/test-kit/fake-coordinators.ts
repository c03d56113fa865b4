/**
 * Coordinators that move nothing. In: orders of rounds, what they are to know by hand. Out: which streams have one, and by what it goes.
 * One knows that everything is where it was first, until a test says otherwise.
 */
import { Placement } from '@tapeline/domain';
import type { CoordinatorOrder, Coordinators } from '../src/apply/ports.ts';
import { type Looked, notLooked, seen } from '../src/decide/failure.ts';
import type { SeenPlacement } from '../src/observe/seen-placement.ts';
import { placementOf } from './stream-world.ts';

/** The coordinators. */
export class FakeCoordinators implements Coordinators {
  readonly orders: Map<string, CoordinatorOrder> = new Map();
  /** What they know, by the keys of their streams. */
  readonly known: Map<string, Looked<SeenPlacement>> = new Map();

  look(key: string): Looked<SeenPlacement> {
    const order = this.orders.get(key);
    if (order === undefined) return notLooked;
    const { basePartitions, partitions } = order.plan;
    const atFirst = Placement.atHome(basePartitions);
    const placement = Placement.of({ ...atFirst.parts(), partitions });
    const told = { declaredGaps: 0, violations: 0, reporting: partitions };
    return this.known.get(key) ?? seen(placementOf({ placement, order: told }));
  }

  run(key: string, order: CoordinatorOrder): void {
    this.orders.set(key, order);
  }

  stop(key: string): void {
    this.orders.delete(key);
  }

  close(): Promise<void> {
    this.orders.clear();
    return Promise.resolve();
  }
}
