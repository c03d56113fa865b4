/**
 * The faults that a proxy can have, as values. In: a change. Out: the faults from then on, checked. All of them are of the
 * network: bytes come late, slowly, not at all, or to a connection that ends.
 */
import { TestbedError } from './testbed-error.ts';

/** `toServer` is what the client sends, `toClient` what it gets. */
export type Direction = 'toServer' | 'toClient';

/** Which directions a fault is in. */
export type Directions = 'none' | Direction | 'both';

/** The lasting faults of a proxy; they may change while connections are open. */
export type FaultSettings = {
  /** Each byte comes this much later, ms, 0 to 60,000, in each direction. */
  readonly latencyMs: number;
  /** Up to this much is added for each piece, ms, 0 to 60,000, by the proxy's seed. Order is kept. */
  readonly jitterMs: number;
  /** Of each connection in each direction; 0 is without limit. */
  readonly bytesPerSecond: number;
  /** Nothing is read there, as if packets were lost: it fills up, and all arrives once this ends. Nothing is lost. */
  readonly stalled: Directions;
  /** What goes there is taken and thrown away. A connection that lost bytes is reset when this ends. */
  readonly blackHole: Directions;
};

/** What passed since the start. */
export type FaultCounts = {
  connections: number;
  connectionsRefusedByServer: number;
  bytesToServer: number;
  bytesToClient: number;
  bytesSwallowed: number;
  resets: number;
  cuts: number;
  flips: number;
};

/** No fault. */
export const noFaults: FaultSettings = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: 0,
  stalled: 'none',
  blackHole: 'none',
};

const delayMsMax = 60_000;
const bytesPerSecondMax = 10_000_000_000;
const directionNames: readonly string[] = ['none', 'toServer', 'toClient', 'both'];

/** The faults after a change; those it does not name stay. Throws BAD_OPTION. */
export function changedFaults(now: FaultSettings, change: Partial<FaultSettings>): FaultSettings {
  const next = { ...now, ...change };
  checkNumber('latencyMs', next.latencyMs, delayMsMax);
  checkNumber('jitterMs', next.jitterMs, delayMsMax);
  checkNumber('bytesPerSecond', next.bytesPerSecond, bytesPerSecondMax);
  for (const name of ['stalled', 'blackHole'] as const) {
    if (directionNames.includes(next[name])) continue;
    throw new TestbedError('BAD_OPTION', `${name} is '${next[name]}'; it must be one of ${directionNames.join(', ')}`);
  }
  return next;
}

/** Whether a fault is in this direction. */
export function isIn(directions: Directions, direction: Direction): boolean {
  return directions === 'both' || directions === direction;
}

function checkNumber(name: string, value: number, max: number): void {
  if (value >= 0 && value <= max) return;
  throw new TestbedError('BAD_OPTION', `${name} is ${value}; it must be from 0 to ${max}`);
}
