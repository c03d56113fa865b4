/**
 * Answers of the placement service as tables for people. In: messages. Out: lines. Rates are whole ticks a second; what is not known is
 * a dash.
 */
import type { wirePlacement } from '@tapeline/wire';

/** The map, its partitions, pins and what is under way. */
export function showText(answer: wirePlacement.GetPlacementResponse): string {
  const { mode, state, epoch, partitions, basePartitions, overrides, moves, pins, plan, measuringMs } = answer;
  const added = partitions.length - basePartitions;
  const skew = plan === undefined ? '-' : plan.skewBefore.toFixed(2);
  const facts = [
    `map epoch ${epoch}, ${overrides} moved so far, coordinator ${state}, mode ${mode}`,
    `${partitions.length} partitions, ${added} of them added; skew ${skew}`,
  ];
  if (measuringMs > 0n) {
    facts.push(
      `rates are rough for ${Math.ceil(Number(measuringMs) / 1_000)} s more; until then only pins are followed`,
    );
  }
  const lines = [...facts, '', ...table(partitionHead, partitions.map(partitionRow))];
  if (pins.length > 0) {
    lines.push(
      '',
      ...table(
        ['pinned', 'dataset', 'to'],
        pins.map((pin) => [pin.symbol, pin.dataset, String(pin.partition)]),
      ),
    );
  }
  if (moves.length > 0) lines.push('', movesText(moves).trimEnd());
  return `${lines.join('\n')}\n`;
}

/** Moves that are under way. */
export function movesText(moves: readonly wirePlacement.MoveInFlight[]): string {
  if (moves.length === 0) return 'nothing moves\n';
  const rows = moves.map((move) => [
    move.symbol,
    move.dataset,
    `${move.fromPartition} to ${move.toPartition}`,
    String(move.epoch),
    move.phase,
    seconds(move.phaseMs),
    seconds(move.ageMs),
  ]);
  return `${table(['symbol', 'dataset', 'move', 'epoch', 'phase', 'for', 'age'], rows).join('\n')}\n`;
}

/** Where instruments live; `none` is said without any. */
export function placesText(places: readonly wirePlacement.InstrumentPlace[], none: string): string {
  if (places.length === 0) return `${none}\n`;
  const rows = places.map((place) => [
    place.symbol,
    place.dataset,
    whole(place.ticksPerSecond),
    String(place.partition),
    place.epoch === 0
      ? 'since the first tick'
      : `${place.standing}, epoch ${place.epoch}, from ${place.firstPartition} at first`,
    place.pinnedTo === undefined ? '-' : String(place.pinnedTo),
  ]);
  return `${table(['symbol', 'dataset', 'ticks/s', 'partition', 'why', 'pinned to'], rows).join('\n')}\n`;
}

/** A plan. */
export function planText({ plan, text }: wirePlacement.DryRunResponse): string {
  const { moves = [], stays = [], skewBefore = 1, skewAfter = 1, partitionsWanted = 1 } = plan ?? {};
  const wanted = partitionsWanted === 1 ? '1 partition' : `${partitionsWanted} partitions`;
  const lines = moves.length === 0 ? ['nothing would move'] : moves.map((move) => move.text);
  if (stays.length > 0) lines.push('', 'stays:', ...stays.map((stay) => `  ${stay.text}`));
  lines.push('', `skew ${skewBefore.toFixed(2)} now, ${skewAfter.toFixed(2)} after; all ticks would fill ${wanted}`);
  if (text !== '') lines.push(text);
  return `${lines.join('\n')}\n`;
}

const partitionHead = ['partition', 'ticks/s', 'for', 'fit', 'lag', 'parked', 'held', 'strays', 'gaps', 'violations'];

function partitionRow(partition: wirePlacement.PlacementPartition): string[] {
  const isKnown = partition.worker !== '';
  const told = (value: bigint): string => (isKnown ? String(value) : '-');
  return [
    String(partition.partition),
    whole(partition.ticksPerSecond),
    partition.role === '' ? '-' : partition.role,
    partition.unfit === '' ? 'yes' : partition.unfit,
    isKnown ? seconds(BigInt(Math.round(partition.lagMs))) : '-',
    told(partition.parkedEntries),
    told(partition.heldTicks),
    told(partition.strays),
    told(partition.declaredGaps),
    told(partition.orderViolations),
  ];
}

/** Columns of equal width, two blanks between them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function whole(value: number): string {
  return String(Math.round(value));
}

function seconds(ms: bigint): string {
  return `${(Number(ms) / 1_000).toFixed(1)} s`;
}
