/** What requests say and replies are read as, byte by byte where a leader and what it lost are told. */
import { expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { fetchBody, listOffsetsBody, readFetch } from './wire-requests.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAAAA';
const place = { topic: 't', topicId, partition: 7 };

/** A reply about one partition without records, with these tagged fields at the partition's end. */
function replyWith(tags: Buffer): Buffer {
  const writer = new ByteWriter().noTags().int32(0).int16(0).int32(0).count(1);
  writer.raw(Buffer.from(topicId, 'base64url')).count(1);
  writer.int32(7).int16(0).int64(9).int64(9).int64(0).count(0).int32(-1).uvarint(1);
  return writer.raw(tags).noTags().noTags().written;
}

test('a fetch names the leader that it means and the epoch of what was read last', () => {
  const part = { place, offset: 5, leaderEpoch: 4, lastEpoch: 3, bytesMax: 100 };
  const reader = new ByteReader(fetchBody([part], { waitMs: 1, bytesMax: 2 }), 4 + 4 + 4 + 4 + 1 + 4 + 4 + 1 + 16 + 1);
  const read = [reader.int32(), reader.int32(), reader.int64(), reader.int32(), reader.int64(), reader.int32()];
  expect(read).toEqual([7, 4, 5, 3, -1, 100]);
});

test('a question about offsets names the leader that it means', () => {
  const reader = new ByteReader(listOffsetsBody(place, 'end', 4), 4 + 1 + 1 + 2 + 1);
  expect([reader.int32(), reader.int32(), reader.int64()]).toEqual([7, 4, -1]);
});

test('where the log parts from what was read is found among the tagged fields', () => {
  const diverging = new ByteWriter().int32(2).int64(77).noTags().written;
  const leader = new ByteWriter().int32(1).int32(5).noTags().written;
  const tags = new ByteWriter().uvarint(2).uvarint(0).uvarint(diverging.length).raw(diverging);
  const both = tags.uvarint(1).uvarint(leader.length).raw(leader).written;
  const answer = { topicId, partition: 7, code: 0, highWatermark: 9 };
  expect(readFetch(replyWith(both)).answers).toMatchObject([{ ...answer, diverging: { epoch: 2, endOffset: 77 } }]);
  const other = new ByteWriter().uvarint(1).uvarint(1).uvarint(leader.length).raw(leader).written;
  expect(readFetch(replyWith(other)).answers).toMatchObject([{ ...answer, diverging: undefined }]);
});
