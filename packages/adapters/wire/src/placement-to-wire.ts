/**
 * Maps of instruments to partitions between the domain and the contract. In: a map in one form. Out: the same in the other, or
 * why it cannot be read. Equal maps give equal messages, whatever order their overrides are in, so that any writer of a map
 * makes the same bytes. Whether a map is one that may be in force is for `brokenInvariant` to say.
 */
import { compareNames, type ListedMove, type Override, type PlacementParts, type Standing } from '@tapeline/domain';
import { FieldReader } from './field-reader.ts';
import {
  type DatasetOverrides,
  type ListedMove as WireListedMove,
  OverrideStanding,
  type PlacementMap,
} from './gen/tapeline/v1/control.ts';
import { fieldMalformed, type WireFault } from './wire-fault.ts';

type NamedOverride = PlacementParts['overrides'][number];

const numberOfStanding: Readonly<Record<Standing, OverrideStanding>> = {
  spread: OverrideStanding.OVERRIDE_STANDING_SPREAD,
  dedicated: OverrideStanding.OVERRIDE_STANDING_DEDICATED,
  pinned: OverrideStanding.OVERRIDE_STANDING_PINNED,
};

const standingOfNumber: ReadonlyMap<number, Standing> = new Map(
  (['spread', 'dedicated', 'pinned'] as const).map((standing) => [numberOfStanding[standing], standing]),
);

/** The wire form of a map. Overrides and moves are in the order of their names. */
export function placementToWire(map: PlacementParts): PlacementMap {
  const { basePartitions, partitions, epoch } = map;
  return {
    basePartitions,
    partitions,
    epoch,
    overrides: byDataset(map.overrides),
    moves: map.moves.toSorted(compareNames).map(moveToWire),
    epochTimes: map.epochTimes.map((time) => ({ epoch: time.epoch, logTimeMs: BigInt(time.logTimeMs) })),
  };
}

/** The map of a wire message. A fault if a name is none, columns differ in length, or a standing or a time says nothing. */
export function placementFromWire(wire: PlacementMap): PlacementParts | WireFault {
  const read = new FieldReader();
  const { basePartitions, partitions, epoch } = wire;
  const map: PlacementParts = {
    basePartitions,
    partitions,
    epoch,
    overrides: wire.overrides.flatMap((columns) => overridesOf(read, columns)),
    moves: wire.moves.map((move) => moveFromWire(read, move)),
    epochTimes: wire.epochTimes.map((time) => ({
      epoch: time.epoch,
      logTimeMs: read.integer('epoch_times.log_time_ms', time.logTimeMs, 0),
    })),
  };
  return read.fault ?? map;
}

function byDataset(overrides: readonly NamedOverride[]): DatasetOverrides[] {
  const groups: DatasetOverrides[] = [];
  for (const { dataset, symbol, partition, epoch, standing } of overrides.toSorted(compareNames)) {
    let group = groups.at(-1);
    if (group?.dataset !== dataset) {
      group = { dataset, symbols: [], partitions: [], epochs: [], standings: [] };
      groups.push(group);
    }
    group.symbols.push(symbol);
    group.partitions.push(partition);
    group.epochs.push(epoch);
    group.standings.push(numberOfStanding[standing]);
  }
  return groups;
}

function overridesOf(read: FieldReader, columns: DatasetOverrides): NamedOverride[] {
  const dataset = read.exactName('overrides.dataset', columns.dataset);
  const { symbols, partitions, epochs, standings } = columns;
  checkLength(read, 'overrides.partitions', partitions.length, symbols.length);
  checkLength(read, 'overrides.epochs', epochs.length, symbols.length);
  checkLength(read, 'overrides.standings', standings.length, symbols.length);
  if (read.fault !== undefined) return [];
  return symbols.map((symbol, place): { dataset: string; symbol: string } & Override => ({
    dataset,
    symbol: read.exactName('overrides.symbols', symbol),
    partition: partitions[place] ?? 0,
    epoch: epochs[place] ?? 0,
    standing: read.meaning('overrides.standings', standings[place] ?? 0, standingOfNumber, 'spread'),
  }));
}

function checkLength(read: FieldReader, field: string, length: number, expected: number): void {
  if (length !== expected) read.note(fieldMalformed(field, `${length} entries`, `as long as symbols, ${expected}`));
}

function moveToWire({ dataset, symbol, epoch, fromEpoch, from, to }: ListedMove): WireListedMove {
  return { dataset, symbol, epoch, fromEpoch, fromPartition: from, toPartition: to };
}

function moveFromWire(read: FieldReader, move: WireListedMove): ListedMove {
  const { epoch, fromEpoch, fromPartition: from, toPartition: to } = move;
  const dataset = read.exactName('moves.dataset', move.dataset);
  return { dataset, symbol: read.exactName('moves.symbol', move.symbol), epoch, fromEpoch, from, to };
}
