/** Snapshots on a real server: torn and damaged ones, large ones, and what is deleted. */
import type { StoredSnapshot } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { withKeyspaceForEach } from './keyspace-for-each.ts';
import { keptLogger, type TestKeyspace } from './store-on-server.ts';

function snapshotOf(nextOffset: number, length: number): StoredSnapshot {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + nextOffset) & 255;
  return { partition: 0, nextOffset, bytes };
}

withKeyspaceForEach('with Cassandra', (rig) => {
  test('a snapshot of 80 MB comes back byte for byte', async () => {
    const store = await rig().open();
    const saved = snapshotOf(5, 80_000_000);
    await store.saveSnapshot(saved, await store.claimSnapshots(0));
    const [found] = await store.snapshots(0);
    expect(Buffer.compare(found?.bytes ?? Buffer.alloc(0), saved.bytes)).toBe(0);
    const sizes = await rig().cql('SELECT part FROM {keyspace}.snapshot_parts');
    expect(sizes).toHaveLength(Math.ceil(80_000_000 / 524_288));
  });

  test('an empty snapshot and sizes around one part come back', async () => {
    const store = await rig().open();
    const claim = await store.claimSnapshots(0);
    for (const [place, length] of [0, 1, 524_287, 524_288, 524_289].entries()) {
      await store.saveSnapshot(snapshotOf(place, length), claim);
      expect((await store.snapshots(0))[0]).toEqual(snapshotOf(place, length));
    }
  });

  test('a torn write, parts without a finished header, is not seen, and goes with the next one', async () => {
    const store = await rig().open();
    const claim = await store.claimSnapshots(0);
    await store.saveSnapshot(snapshotOf(1, 2_000), claim);
    await rig().cql(
      "UPDATE {keyspace}.snapshots SET complete = false WHERE stream = 'test' AND log_partition = 0 AND epoch = 1 AND generation = 2 IF claimed = 1",
    );
    await rig().cql(
      "INSERT INTO {keyspace}.snapshot_parts (stream, log_partition, epoch, generation, part, bytes) VALUES ('test', 0, 1, 2, 0, 0x0102)",
    );
    expect(await store.snapshots(0)).toEqual([snapshotOf(1, 2_000)]);
    const next = await rig().open();
    const later = await next.claimSnapshots(0);
    expect(later.epoch).toBe(2);
    await next.saveSnapshot(snapshotOf(2, 100), later);
    expect(await next.snapshots(0)).toEqual([snapshotOf(2, 100), snapshotOf(1, 2_000)]);
    expect(await rig().cql('SELECT generation FROM {keyspace}.snapshot_parts')).toHaveLength(2);
  });

  test('a damaged or incomplete snapshot is passed over with its reason, and the one before is given', async () => {
    const logger = keptLogger();
    const store = await rig().open({ logger });
    const claim = await store.claimSnapshots(0);
    await store.saveSnapshot(snapshotOf(1, 700_000), claim);
    await store.saveSnapshot(snapshotOf(2, 700_000), claim);
    const part = "stream = 'test' AND log_partition = 0 AND epoch = 1 AND generation = 2 AND part = 1";
    await rig().cql(`UPDATE {keyspace}.snapshot_parts SET bytes = 0x00 WHERE ${part}`);
    expect(await store.snapshots(0)).toEqual([snapshotOf(1, 700_000)]);
    expect(logger.lines.at(-1)).toMatch(/passed over.*do not have its checksum/);
    await rig().cql(`DELETE FROM {keyspace}.snapshot_parts WHERE ${part}`);
    expect(await store.snapshots(0)).toEqual([snapshotOf(1, 700_000)]);
    expect(logger.lines.at(-1)).toMatch(/1 of 2 parts are missing/);
  });

  keeping(rig);
});

function keeping(rig: () => TestKeyspace): void {
  test('of many snapshots two are kept, and nothing of the others stays', async () => {
    const store = await rig().open();
    const claim = await store.claimSnapshots(0);
    for (let offset = 1; offset <= 12; offset += 1) await store.saveSnapshot(snapshotOf(offset, 10), claim);
    expect((await store.snapshots(0)).map(({ nextOffset }) => nextOffset)).toEqual([12, 11]);
    expect(await rig().cql('SELECT generation FROM {keyspace}.snapshot_parts')).toHaveLength(2);
    expect(await rig().cql('SELECT generation FROM {keyspace}.snapshots')).toHaveLength(2);
  });

  test('streams in one keyspace have snapshots of their own', async () => {
    const [one, other] = [await rig().open({ stream: 'one' }), await rig().open({ stream: 'other' })];
    await one.saveSnapshot(snapshotOf(1, 5), await one.claimSnapshots(0));
    expect(await other.snapshots(0)).toEqual([]);
    expect(await other.claimSnapshots(0)).toEqual({ partition: 0, epoch: 1 });
  });
}
