/**
 * Resume tokens. In: an offset for each partition of the topic and the digest of the selection. Out: opaque text, and
 * back. Any query process on the same log can read it: everything before those offsets was sent. A token of another
 * selection or log is refused, and so is one whose place is gone, because going on elsewhere would leave a gap.
 */
import type { TickLog, TopicName } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import { fromLog, refusal, tokenExpired } from '../refusal.ts';
import { isPositions } from './page-token.ts';
import { openToken, sealToken } from './sealed-text.ts';

/** Which stream a token is of, and the topic that it is a place in. */
export type StreamKind = 'bar-stream' | 'trade-stream';

/** The token for going on from these offsets. */
export function resumeToken(kind: StreamKind, digest: string, positions: readonly number[]): string {
  return sealToken(kind, [digest, positions]);
}

/** The offsets in a resume token of that selection; RESUME_TOKEN_INVALID if it is none. */
export function positionsOf(kind: StreamKind, digest: string, text: string): number[] {
  const opened = openToken(kind, text);
  if ('problem' in opened) throw invalid(opened.problem);
  const [of, positions] = opened.values as [unknown, unknown];
  if (of !== digest)
    throw invalid('is of another selection; go on with the instruments, intervals and profiles it came from');
  if (!isPositions(positions)) throw invalid('holds no place');
  return positions;
}

/**
 * Checks offsets against what the log keeps: RESUME_TOKEN_EXPIRED, or RESUME_TOKEN_INVALID if it is not this log. The
 * answer is where each partition ends.
 */
export async function checkPositions(
  log: TickLog,
  topic: TopicName,
  positions: readonly number[],
): Promise<readonly number[]> {
  if (positions.length !== log.partitionCount) {
    throw invalid(`is of a log with ${positions.length} partitions; this one has ${log.partitionCount}`);
  }
  const ends: number[] = [];
  for (const [partition, offset] of positions.entries()) {
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
