/**
 * Messages by hand. In: blocks of any size. Out: the bytes that the generated code would have written.
 */
import { expect, test } from 'vitest';
import { PublishRequest } from './gen/tapeline/v1/ingest.ts';
import { TickBlock } from './gen/tapeline/v1/log.ts';
import { batchFrame, publishMethod } from './publish-frames.ts';

test('a block is put into its message as the generated code does it', () => {
  for (const length of [0, 1, 100, 127, 128, 20_000]) {
    const message = TickBlock.fromPartial({ formatVersion: 1, dataset: 'd'.repeat(length) });
    const block = TickBlock.encode(message).finish();
    const request = { $case: 'tickBatch', value: { form: { $case: 'block', value: message } } } as const;
    expect(batchFrame(block)).toEqual(PublishRequest.encode({ request }).finish());
  }
  const frame = batchFrame(new Uint8Array([1]));
  expect(publishMethod.requestType.encode(frame).finish()).toBe(frame);
});
