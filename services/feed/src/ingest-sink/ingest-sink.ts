/**
 * A sink for feeds of a process of their own: ingest, over gRPC. In: addresses of ingests. Out: streams, each to one of them.
 * A stream that fails is opened again by its feed, which goes to the next address. Law 3: the identity is the feed's, so it
 * does not matter which ingest takes what.
 */
import { type FeedIdentity, type FeedSink, type FeedStream, identityOfOpen } from '@tapeline/domain';
import { connectGrpc } from '@tapeline/grpc';
import type { Clock } from '@tapeline/runtime';
import { errorDetails } from '@tapeline/wire';
import { IngestStream } from './ingest-stream.ts';
import { streamErrorOf } from './stream-error.ts';

/** What a sink needs. */
export type IngestSinkParts = {
  /** `host:port`, at least one; they are taken in turn. */
  readonly addresses: readonly string[];
  readonly clock: Clock;
};

/** A sink over the ingests at these addresses. */
export function ingestSink({ addresses, clock }: IngestSinkParts): FeedSink {
  let turn = 0;
  return {
    open: async (identity): Promise<FeedStream> => {
      const address = addresses[turn % addresses.length] ?? '';
      turn += 1;
      const channel = connectGrpc({ address, errorCodec: errorDetails });
      try {
        const publisherId = publisherIdOf(identity, clock.nowMs());
        return await IngestStream.open({ channel, address, identity, publisherId, clock });
      } catch (error) {
        channel.close();
        throw streamErrorOf(error, address);
      }
    },
  };
}

/**
 * The publisher's id; 0 = ingest issues one. One with a digest is made here, since ingest issues only ids that nobody can
 * foretell.
 */
function publisherIdOf(
  { dataset, timeDomain, clientName, publisherId, sourceDigest }: FeedIdentity,
  nowMs: number,
): bigint {
  if (publisherId !== undefined) return publisherId;
  if (sourceDigest === undefined) return 0n;
  return identityOfOpen({ publisherId: 0n, timeDomain, dataset, clientName }, nowMs, () => sourceDigest).publisherId;
}
