/**
 * `tapeline.v1.PlacementService` over a coordinator of this process. In: requests. Out: what the coordinator knows, or a change of pins and
 * partitions. Refusals name field, value, limit and remedy.
 */
import {
  explainUnfit,
  type InstrumentPin,
  LogError,
  type Plan,
  type PlacementPolicy,
  type Store,
  type StoredInstrument,
  StoreError,
} from '@tapeline/domain';
import type { LeadStatus } from '@tapeline/control';
import { type GrpcService, grpcService, RpcError } from '@tapeline/grpc';
import { quoted } from '@tapeline/runtime';
import { wirePlacement } from '@tapeline/wire';
import { placeToWire, placementToAnswer, planToWire } from './placement-to-wire.ts';
import type { MarketPlacement } from './start-placement.ts';

/** What the service speaks for. */
export type PlacementServiceParts = {
  readonly placement: Pick<MarketPlacement, 'pins' | 'changePins'> & {
    readonly lead: Pick<MarketPlacement['lead'], 'status' | 'dryRun' | 'grow'>;
  };
  readonly store: Pick<Store, 'instrumentsNamed'>;
  readonly nowMs: () => number;
  /** Most partitions that the log can have, so no plan is made with more. */
  readonly partitionsMax: number;
};

const busiestMax = 1_000;
/** What to do in mode off. */
const whereMoves =
  'ask the process that coordinates moves (with the operator: kubectl tapeline), or start this one with --placement-mode auto';
const askedMax = 100;

/** The service. */
export function placementService(parts: PlacementServiceParts): GrpcService {
  const { placement } = parts;
  let isPlanning = false;
  return grpcService(wirePlacement.PlacementServiceDefinition, {
    getPlacement: async ({ busiest, instruments }) => {
      const status = statusOf(parts);
      checkAtMost('busiest', busiest, busiestMax);
      checkAtMost('instruments', instruments.length, askedMax);
      const found = await Promise.all(instruments.map((name) => find(parts, name)));
      const answer = placementToAnswer(status, placement.pins(), busiest, parts.nowMs());
      return { ...answer, instruments: found.map((row) => placeToWire(status, placement.pins(), row)) };
    },
    pin: async ({ instrument, partition }) => pin(parts, instrument, partition),
    unpin: async ({ instrument }) => unpin(parts, instrument),
    addPartitions: async ({ partitions }) => addPartitions(parts, partitions),
    dryRun: async ({ targetTicksPerSecond, partitions }) => {
      const status = statusOf(parts);
      const targetTicksPerSec = targetTicksPerSecond ?? status.policy.targetTicksPerSec;
      if (!(targetTicksPerSec > 0 && targetTicksPerSec < Infinity)) {
        throw invalid('target_ticks_per_second', String(targetTicksPerSec), 'give ticks a second above 0');
      }
      const count = partitions ?? status.partitions;
      if (count < status.partitions || count > parts.partitionsMax) {
        throw invalid('partitions', String(count), `give ${status.partitions} to ${parts.partitionsMax}`);
      }
      // A plan takes the processor for a while, which ticks need.
      if (isPlanning) throw busyPlanning();
      isPlanning = true;
      try {
        const plan = await dryRun(parts, { ...status.policy, targetTicksPerSec }, count);
        const told = [hindrance(status), explainUnfit(status.unfit)];
        return { plan: planToWire(plan), text: told.filter((text) => text !== '').join('; ') };
      } finally {
        isPlanning = false;
      }
    },
  });
}

async function pin(
  parts: PlacementServiceParts,
  named: wirePlacement.NamedInstrument | undefined,
  partition: number,
): Promise<wirePlacement.PinResponse> {
  const status = statusOf(parts);
  checkOn(status);
  if (partition >= status.partitions) {
    const there = `there are ${status.partitions}, 0 to ${status.partitions - 1}`;
    const remedy = 'take one of them, or add partitions with tapeline placement grow';
    const facts = { field: 'partition', value: String(partition), max: String(status.partitions - 1) };
    throw new RpcError(
      'OUT_OF_RANGE',
      'PARTITION_UNKNOWN',
      `partition ${partition} is not there, ${there}; ${remedy}`,
      facts,
    );
  }
  const { dataset, symbol, pin: row } = await find(parts, named);
  const kept: InstrumentPin = { dataset, symbol, partition };
  await keep(parts, (pins) => [...pins.filter((other) => !isSame(other, kept)), kept]);
  const at = status.placement.lookUp({ dataset, symbol, pin: row }).partition;
  return { pin: kept, partition: at, text: `${symbol} of ${dataset} ${followsOf(status, at, partition)}` };
}

async function unpin(
  parts: PlacementServiceParts,
  named: wirePlacement.NamedInstrument | undefined,
): Promise<wirePlacement.UnpinResponse> {
  const status = statusOf(parts);
  checkOn(status);
  const { dataset = '', symbol = '' } = named ?? {};
  const matches = parts.placement
    .pins()
    .filter((pinned) => pinned.symbol === symbol && (dataset === '' || pinned.dataset === dataset));
  const [kept, another] = matches;
  if (kept === undefined) {
    const message = `${quoted(symbol)} is not pinned; tapeline placement show lists what is`;
    throw new RpcError('NOT_FOUND', 'PIN_UNKNOWN', message, { symbol });
  }
  if (another !== undefined) throw ambiguous(symbol, matches);
  await keep(parts, (pins) => pins.filter((other) => !isSame(other, kept)));
  const goes =
    status.mode === 'auto'
      ? 'goes back to where it was first, once its cooldown is over and there is room'
      : `stays, by mode ${status.mode}`;
  return { pin: kept, text: `${kept.symbol} of ${kept.dataset} is free and ${goes}` };
}

async function addPartitions(
  parts: PlacementServiceParts,
  count: number,
): Promise<wirePlacement.AddPartitionsResponse> {
  const status = statusOf(parts);
  checkOn(status);
  const { partitions } = status;
  const { partitionsMax } = parts;
  if (count <= partitions || count > partitionsMax) {
    const remedy =
      partitions < partitionsMax
        ? `give ${partitions + 1} to ${partitionsMax}, the most that the log can have`
        : 'the log can have no more';
    throw invalid(
      'partitions',
      String(count),
      `there are ${partitions}, and partitions are never taken away; ${remedy}`,
    );
  }
  try {
    return { partitions: await parts.placement.lead.grow(count) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RpcError('UNAVAILABLE', 'PARTITIONS_REFUSED', `no partitions were added: ${error.message}`);
  }
}

async function dryRun(parts: PlacementServiceParts, policy: PlacementPolicy, partitions: number): Promise<Plan> {
  return fromStore(parts.placement.lead.dryRun(policy, partitions));
}

/** The row of an instrument. Refused if there is none, or more than one dataset has it. */
async function find(
  { store }: PlacementServiceParts,
  named: wirePlacement.NamedInstrument | undefined,
): Promise<StoredInstrument> {
  const { dataset = '', symbol = '' } = named ?? {};
  if (symbol === '') throw invalid('instrument.symbol', symbol, 'name an instrument');
  const found = await fromStore(store.instrumentsNamed(symbol, dataset === '' ? undefined : dataset));
  const [row, another] = found;
  if (row === undefined) {
    const where = dataset === '' ? '' : ` in ${quoted(dataset)}`;
    const remedy = 'write the symbol as its feed does; tapeline placement top lists the busiest';
    throw new RpcError(
      'NOT_FOUND',
      'INSTRUMENT_UNKNOWN',
      `nobody has sent a tick of ${quoted(symbol)}${where}; ${remedy}`,
      {
        symbol,
      },
    );
  }
  if (another !== undefined) throw ambiguous(symbol, found);
  return row;
}

async function keep(
  { placement }: PlacementServiceParts,
  change: (pins: readonly InstrumentPin[]) => readonly InstrumentPin[],
): Promise<void> {
  try {
    await placement.changePins(change);
  } catch (error) {
    if (error instanceof RangeError) throw new RpcError('RESOURCE_EXHAUSTED', 'PINS_TOO_MANY', error.message);
    if (!(error instanceof LogError)) throw error;
    const message = `it is not known whether the pin is kept: ${error.message}; look with tapeline placement show and try again`;
    throw new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, {}, { cause: error });
  }
}

function statusOf({ placement }: PlacementServiceParts): LeadStatus {
  const status = placement.lead.status();
  if (status !== undefined) return status;
  throw new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', 'placement is not read to its end yet; try again in a second');
}

function followsOf(status: LeadStatus, at: number, partition: number): string {
  if (at === partition) return `is in ${partition} and stays there`;
  const wait = hindrance(status);
  return wait === ''
    ? `moves from ${at} to ${partition} within seconds`
    : `is in ${at} and shall go to ${partition}; ${wait}`;
}

/** Refuses a change where this process never leads. */
function checkOn({ mode }: LeadStatus): void {
  if (mode !== 'off') return;
  const message = `this market takes no pins and adds no partitions in mode off; ${whereMoves}`;
  throw new RpcError('FAILED_PRECONDITION', 'PLACEMENT_OFF', message, { mode });
}

/** What stands in the way of a plan; empty for nothing. */
function hindrance({ mode, state }: LeadStatus): string {
  if (mode === 'off') return `this market moves nothing in mode off; ${whereMoves}`;
  if (mode !== 'auto') return `nothing moves in mode ${mode}; start the market with --placement-mode auto`;
  return state === 'follower' ? 'another process coordinates moves now' : '';
}

async function fromStore<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new RpcError(
      'UNAVAILABLE',
      'STORE_UNAVAILABLE',
      `the store does not answer: ${error.message}`,
      {},
      { cause: error },
    );
  }
}

function busyPlanning(): RpcError {
  const message = 'another plan is being made; try again in a second';
  return new RpcError('RESOURCE_EXHAUSTED', 'PLANS_TOO_MANY', message, { max: '1' });
}

function ambiguous(symbol: string, found: readonly { readonly dataset: string }[]): RpcError {
  const datasets = found.map(({ dataset }) => dataset).join(', ');
  const message = `${quoted(symbol)} is in several datasets: ${datasets}; say which one with --dataset`;
  return new RpcError('INVALID_ARGUMENT', 'INSTRUMENT_AMBIGUOUS', message, { symbol });
}

function invalid(field: string, value: string, remedy: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', 'FIELD_INVALID', `${field} is ${quoted(value)}; ${remedy}`, { field, value });
}

function checkAtMost(field: string, value: number, max: number): void {
  if (value > max) throw invalid(field, String(value), `give ${max} at most`);
}

function isSame(one: InstrumentPin, other: InstrumentPin): boolean {
  return one.dataset === other.dataset && one.symbol === other.symbol;
}
