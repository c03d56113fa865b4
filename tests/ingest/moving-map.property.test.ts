/**
 * Ingest under maps that change while ticks flow: coordinators depose each other, ingests read late or not at all, lines break, logs
 * fail, partitions are added. Everything in the log lies where a map says that its writer had read, says which map that was, and is
 * introduced by its Origin where it has to be; what is acknowledged is there. A failure names its seed.
 */
import { homePartition } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { basePartitions } from '../control/coordinated-log.ts';
import type { LandedEntry } from './landed-entries.ts';
import { MovingWorld } from './moving-world.ts';

const seeds = Math.ceil(Number(process.env['TAPELINE_INGEST_SEEDS'] ?? 300) / 3);

/** What happened in all runs; each has to happen often. */
const met = { moved: 0, origins: 0, stale: 0, added: 0, voids: 0, progress: 0, mapsInStream: 0, resent: 0 };

/** What is wrong with the places and maps of the entries, in words. */
async function faultsOf(moving: MovingWorld, entries: readonly LandedEntry[]): Promise<string[]> {
  const faults: string[] = [];
  const rows = new Map<string, number | undefined>();
  for (const instrument of moving.instruments) {
    const { dataset, symbol } = instrument;
    const [name, row] = [`${dataset} ${symbol}`, await moving.rowOf(instrument)];
    rows.set(name, row);
    const home = homePartition(dataset, symbol, basePartitions);
    if (!moving.pinned.has(name) && (row ?? home) !== home) faults.push(`${name} began in ${row}, away from its home`);
  }
  const introduced = new Set<string>();
  let newest = 0;
  for (const entry of entries) {
    const { partition, kind, dataset, symbol, mapEpoch, writers } = entry;
    const name = `${dataset} ${symbol}`;
    const text = `${kind} of ${name} in ${partition} by map ${mapEpoch}`;
    if (kind === 'origin') {
      introduced.add(`${partition} ${name}`);
      met.origins += 1;
      if (rows.get(name) !== partition) faults.push(`${text}, whose row says ${rows.get(name)}`);
      continue;
    }
    const map = moving.maps.get(mapEpoch);
    if (map === undefined) {
      faults.push(`${text}: there never was such a map`);
      continue;
    }
    const place = map.lookUp({ dataset, symbol, pin: rows.get(name) });
    if (place.partition !== partition) faults.push(`${text}, which says ${place.partition}`);
    const home = homePartition(dataset, symbol, basePartitions);
    if (mapEpoch > 0 && place.epoch === 0 && partition !== home && !introduced.has(`${partition} ${name}`)) {
      faults.push(`${text}: no Origin before it`);
    }
    // W4: whoever began after a map was published never writes by an older one.
    if (![...writers].some((writer) => mapEpoch >= (moving.beganAt.get(writer) ?? Infinity))) {
      faults.push(`${text}, older than what ${[...writers].join()} had to read first`);
    }
    newest = Math.max(newest, mapEpoch);
    if (place.epoch > 0) met.moved += 1;
    if (mapEpoch < newest) met.stale += 1;
    if (partition >= basePartitions) met.added += 1;
    if (kind === 'void' && mapEpoch > 0) met.voids += 1;
    if ((kind === 'progress' || kind === 'endOfReplay') && mapEpoch > 0) met.progress += 1;
  }
  return faults;
}

/** What is wrong with the ticks of publishers: every one is there, under the link that it was published with. */
function ticksAstray({ world }: MovingWorld, entries: readonly LandedEntry[]): string[] {
  const faults: string[] = [];
  for (const { id, published } of world.publishers) {
    const links = new Map(published.map(({ row }) => [row.sequence, row.link]));
    const there = new Map<number, number>();
    const maps = new Set<number>();
    for (const { publisherId, sequences, link, mapEpoch } of entries) {
      if (publisherId !== id) continue;
      maps.add(mapEpoch);
      for (const [place, sequence] of sequences.entries()) {
        there.set(sequence, (there.get(sequence) ?? 0) + 1);
        const before = place === 0 ? link : sequences[place - 1];
        if (links.get(sequence) !== before) faults.push(`${id} ${sequence} has the link ${before}`);
      }
    }
    for (const { row } of published) if (!there.has(row.sequence)) faults.push(`${id} ${row.sequence} is missing`);
    if (maps.size > 1) met.mapsInStream += 1;
    for (const times of there.values()) if (times > 1) met.resent += 1;
  }
  return faults;
}

test('every entry lies where a map says that its ingest had read, with its Origin, and what is acknowledged is there', async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const moving = new MovingWorld(new Random(seed));
    const entries = await moving.run();
    const faults = [...(await faultsOf(moving, entries)), ...ticksAstray(moving, entries), ...moving.missing];
    expect({ seed, faults }).toEqual({ seed, faults: [] });
    const { newest, reported, left } = await moving.settle();
    expect([seed, reported, left]).toEqual([seed, moving.writers.map(() => newest), 0]);
  }
  // A few seeds need not meet everything.
  expect(Object.entries(met).filter(([, count]) => seeds >= 50 && count < seeds / 2)).toEqual([]);
});
