/** Positions told to a coordinator, by Kafka's rules: one try each, and a coordinator that moved is looked for anew. */
import { silentLogger, systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { LinkError } from '../link-error.ts';
import type { Api } from '../wire-requests.ts';
import { commitApis } from './commit-requests.ts';
import { PositionTeller, type TellerCalls } from './position-teller.ts';

type Commit = { readonly node: number; readonly body: Buffer };

/** Answers with the codes that it is given, the last one for ever. */
class MadeUpCoordinator implements TellerCalls {
  readonly commits: Commit[] = [];
  found = 0;
  findCode = 0;
  isGone = false;
  isAway = false;
  isClosed = false;
  readonly codes: number[];

  constructor(codes: number[]) {
    this.codes = codes;
  }

  async metadata(): Promise<{ nodes: []; topics: [] }> {
    if (this.isAway) throw new LinkError('away', true);
    return { nodes: [], topics: [] };
  }

  async ask<Answer>(api: Api, _body: Buffer, read: (reply: Buffer) => Answer): Promise<Answer> {
    if (api !== commitApis.findCoordinator) throw new Error(`nobody answers ${api.name} here`);
    this.found += 1;
    const writer = new ByteWriter().noTags().int32(0).int16(this.findCode).text(null);
    return read(
      writer
        .int32(6 + this.found)
        .text('host')
        .int32(9)
        .noTags().written,
    );
  }

  async askNode<Answer>(node: number, api: Api, body: Buffer, read: (reply: Buffer) => Answer): Promise<Answer> {
    if (api !== commitApis.offsetCommit) throw new Error(`nobody answers ${api.name} here`);
    this.commits.push({ node, body });
    if (this.isGone) throw new LinkError('gone', true);
    const answered = this.codes.length > 1 ? this.codes.shift() : this.codes[0];
    const writer = new ByteWriter().noTags().int32(0).count(1).text('s.ticks').count(2);
    writer
      .int32(0)
      .int16(0)
      .noTags()
      .int32(1)
      .int16(answered ?? 0)
      .noTags();
    return read(writer.noTags().noTags().written);
  }

  close(): void {
    this.isClosed = true;
  }
}

const member = { memberId: 'm-1', generation: 12 };
const positions = new Map([[3, 7_000_000_000]]);

function tellerOn(coordinator: MadeUpCoordinator): PositionTeller {
  const connection = { brokers: ['b:1'], clientId: 'c' };
  const options = { connection, groupId: 'g', topic: 's.ticks', clock: systemClock, logger: silentLogger };
  return new PositionTeller(options, coordinator);
}

test('the coordinator is told group, generation, member and next offsets, and looked for once', async () => {
  const coordinator = new MadeUpCoordinator([0]);
  const teller = tellerOn(coordinator);
  expect(await teller.tell(member, positions)).toBe(true);
  expect(await teller.tell(member, positions)).toBe(true);
  expect([coordinator.found, coordinator.commits.map(({ node }) => node)]).toEqual([1, [7, 7]]);
  const reader = new ByteReader(coordinator.commits[0]?.body ?? Buffer.alloc(0));
  expect([reader.text(), reader.int32(), reader.text(), reader.text()]).toEqual(['g', 12, 'm-1', null]);
  const topics = reader.list((topic) => [
    topic.text(),
    topic.list((part) => [part.int32(), part.int64(), part.int32(), part.text(), part.tags()].slice(0, 2)),
    topic.tags(),
  ]);
  expect(topics).toEqual([['s.ticks', [[3, 7_000_000_000]], undefined]]);
  expect(reader.uvarint()).toBe(0);
  expect(reader.left).toBe(0);
  teller.close();
  expect(coordinator.isClosed).toBe(true);
});

test.each([22, 25, 27])('code %i of a rebalance is no failure: not now', async (answered) => {
  const coordinator = new MadeUpCoordinator([answered, 0]);
  const teller = tellerOn(coordinator);
  expect(await teller.tell(member, positions)).toBe(false);
  expect(await teller.tell(member, positions)).toBe(true);
  expect(coordinator.found).toBe(1);
});

test('a coordinator that moved, or is gone, is looked for anew by the next commit, and not by the same', async () => {
  const coordinator = new MadeUpCoordinator([16, 0]);
  const teller = tellerOn(coordinator);
  expect(await teller.tell(member, positions)).toBe(false);
  expect(await teller.tell(member, positions)).toBe(true);
  coordinator.isGone = true;
  await expect(teller.tell(member, positions)).rejects.toThrow('gone');
  coordinator.isGone = false;
  expect(await teller.tell(member, positions)).toBe(true);
  expect(coordinator.commits.map(({ node }) => node)).toEqual([7, 8, 8, 9]);
});

test('a refusal is told by its name after one try', async () => {
  const coordinator = new MadeUpCoordinator([15]);
  const teller = tellerOn(coordinator);
  const refusal = 'positions of the worker group g were refused: COORDINATOR_NOT_AVAILABLE';
  await expect(teller.tell(member, positions)).rejects.toThrow(refusal);
  expect(coordinator.commits).toHaveLength(1);
  const none = new MadeUpCoordinator([0]);
  none.findCode = 15;
  await expect(tellerOn(none).tell(member, positions)).rejects.toThrow(refusal);
  expect(none.commits).toEqual([]);
});

test('brokers answer if any of them does, and that they do not is an answer too', async () => {
  const coordinator = new MadeUpCoordinator([0]);
  coordinator.isGone = true;
  const teller = tellerOn(coordinator);
  expect(await teller.answers()).toBe(true);
  coordinator.isAway = true;
  expect(await teller.answers()).toBe(false);
});
