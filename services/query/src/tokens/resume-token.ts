/**
 * Resume tokens. In: an offset for each partition of the topic, the digest of the selection and, of trades, the last number of
 * each instrument, which holds whatever partition it comes from next. Out: opaque text, and back. Any query process on the same log can read it: everything before those offsets was sent. A token of another
 * selection or log is refused, and so is one whose place is gone, because going on elsewhere would leave a gap.
 */
import type { TickLog, TopicName } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import { fromLog, refusal, tokenExpired } from '../refusal.ts';
import { isPositions } from './page-token.ts';
import { openToken, sealToken } from './sealed-text.ts';

/** Which stream a token is of, and the topic that it is a place in. */
export type StreamKind = 'bar-stream' | 'trade-stream';

/** What a resume token says. */
export type TokenPlace = {
  /** The offset in each partition that there was; in one that was added since it is 0. */
  readonly positions: readonly number[];
  /** The last number that was sent of each instrument in the order of their names, 0 = unknown; empty = of none. */
  readonly numbers: readonly number[];
};

/** What is to be known of a topic to judge a place in it. */
export type GrowingTopic = { readonly positions: readonly number[]; grow(partitionCount: number): void };

/** The token for going on from these offsets. */
export function resumeToken(
  kind: StreamKind,
  digest: string,
  positions: readonly number[],
  numbers: readonly number[] = [],
): string {
  return sealToken(kind, numbers.length === 0 ? [digest, positions] : [digest, positions, numbers]);
}

/** The place in a resume token of that selection; RESUME_TOKEN_INVALID if it is none. */
export function tokenPlace(kind: StreamKind, digest: string, text: string): TokenPlace {
  const opened = openToken(kind, text);
  if ('problem' in opened) throw invalid(opened.problem);
  const [of, positions, numbers = []] = opened.values as [unknown, unknown, unknown];
  if (of !== digest)
    throw invalid('is of another selection; go on with the instruments, intervals and profiles it came from');
  if (!isPositions(positions) || !isPositions(numbers)) throw invalid('holds no place');
  return { positions, numbers };
}

/**
 * Checks offsets against what the log keeps: RESUME_TOKEN_EXPIRED, or RESUME_TOKEN_INVALID if it is not this log. A token with fewer
 * partitions than there are now is from before the others were added, of which everything is still to come. The answer is
 * where each partition ends.
 */
export async function checkPlace(
  log: TickLog,
  topic: TopicName,
  hub: GrowingTopic,
  positions: readonly number[],
): Promise<readonly number[]> {
  // Another process may have seen partitions that were added before this one did.
  if (positions.length > log.partitionCount) await fromLog(log.refreshPartitions());
  if (positions.length > log.partitionCount || positions.length < log.basePartitions) {
    throw invalid(`is of a log with ${positions.length} partitions; this one has ${log.partitionCount}`);
  }
  hub.grow(positions.length);
  const ends: number[] = [];
  for (const partition of hub.positions.keys()) {
    const offset = positions[partition] ?? 0;
    const { firstOffset, endOffset } = await fromLog(log.range(topic, partition));
    if (offset < firstOffset) {
      throw tokenExpired(`partition ${partition} is kept from ${firstOffset} on, the token says ${offset}`);
    }
    if (offset > endOffset) {
      throw invalid(`is of another log: partition ${partition} ends at ${endOffset}, the token says ${offset}`);
    }
    ends.push(endOffset);
  }
  return ends;
}

function invalid(problem: string): RpcError {
  return refusal('RESUME_TOKEN_INVALID', `resume_token ${problem}; or ask without it, for a fresh snapshot`, {
    field: 'resume_token',
    problem,
  });
}
