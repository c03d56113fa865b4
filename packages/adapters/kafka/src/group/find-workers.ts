/**
 * Where the workers of a stream answer. In: the group. Out: an address per partition, as the members told it when they
 * joined. Law 7: the brokers are asked one question at a time, at most every two seconds, however many ask here.
 */
import type { Workers } from '@tapeline/domain';
import type { Clock, Logger } from '@tapeline/runtime';
import { type Admin, AssignerProtocol, type GroupDescription } from 'kafkajs';
import { type KafkaConnection, KafkaError } from '../kafka-connection.ts';
import { kafkajsClient } from '../kafkajs-client.ts';
import { connectionTimeoutMs, groupProblem } from './group-problem.ts';
import { memberDataOf } from './worker-assigner.ts';

/** What finding needs. */
export type FindWorkersOptions = {
  readonly connection: KafkaConnection;
  /** The stream's name. */
  readonly stream: string;
  /** Its topic of ticks; `<stream>.ticks` if absent. */
  readonly topic?: string;
  /** The group; `<stream>.worker` if absent. */
  readonly groupId?: string;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The workers, and an end to it. */
export type WorkerFinder = Workers & {
  /** Lets go of its connection; `addresses` rejects afterwards. May be called twice. */
  close(): Promise<void>;
};

/** Asks for the group; `groupAsker` asks Kafka. */
export type GroupAsker = {
  describe(): Promise<GroupDescription | undefined>;
  close(): Promise<void>;
};

/** How long an answer is used again, ms. */
const freshMs = 2_000;
/** While no answer comes, or none as members are not shown during a rebalance, the one before is used for so long, ms. */
const keptMs = 8_000;
const requestTimeoutMs = 5_000;
const retries = 1;

/** States in which members are shown as they are. */
const settledStates: ReadonlySet<string> = new Set(['Stable', 'Empty', 'Dead']);

type Known = { readonly addresses: ReadonlyMap<number, string>; readonly atMs: number };

/** Finds the workers of a stream. Throws `KafkaError` for options that cannot be used; connects at the first question. */
export function findWorkers(options: FindWorkersOptions, asker: GroupAsker = groupAsker(options)): WorkerFinder {
  const place = placeOf(options);
  let settled: Known | undefined;
  let answer: Promise<ReadonlyMap<number, string>> | undefined;
  let askedMs = 0;
  let isAsking = false;
  let isClosed = false;
  const lastSettled = (nowMs: number): ReadonlyMap<number, string> | undefined =>
    settled !== undefined && nowMs - settled.atMs <= keptMs ? settled.addresses : undefined;
  const ask = async (): Promise<ReadonlyMap<number, string>> => {
    isAsking = true;
    try {
      const group = await asker.describe();
      if (group === undefined || settledStates.has(group.state)) {
        settled = { addresses: addressesOf(group, place.topic), atMs: askedMs };
      }
      return lastSettled(askedMs) ?? new Map();
    } catch (error) {
      throw groupProblem(error, place);
    } finally {
      isAsking = false;
    }
  };
  return {
    addresses: async () => {
      if (isClosed) throw new KafkaError('KAFKA_FAILED', `the search for the workers of ${place.groupId} is closed`);
      const nowMs = options.clock.monotonicMs();
      const isOld = !isAsking && nowMs - askedMs >= freshMs;
      if (answer !== undefined && !isOld) return (isAsking ? lastSettled(nowMs) : undefined) ?? answer;
      askedMs = nowMs;
      answer = ask();
      return answer;
    },
    close: async () => {
      isClosed = true;
      await asker.close();
    },
  };
}

function placeOf({ connection, stream, topic = `${stream}.ticks`, groupId = `${stream}.worker` }: FindWorkersOptions): {
  connection: KafkaConnection;
  topic: string;
  groupId: string;
  sessionTimeoutMs: number;
} {
  return { connection, topic, groupId, sessionTimeoutMs: 0 };
}

function addressesOf(group: GroupDescription | undefined, topic: string): ReadonlyMap<number, string> {
  const addresses = new Map<number, string>();
  for (const { memberMetadata, memberAssignment } of group?.members ?? []) {
    const data = memberDataOf(memberMetadata);
    // A worker of another version of this program has an address that we cannot read; its partitions are not shown.
    if (data === undefined || memberAssignment.length === 0) continue;
    const partitions = AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [];
    for (const partition of partitions) addresses.set(partition, data.address);
  }
  return addresses;
}

/** Asks Kafka; a connection that failed is not used again, because kafkajs's may stay broken. */
function groupAsker(options: FindWorkersOptions): GroupAsker {
  const { groupId } = placeOf(options);
  const { logger } = options;
  const client = kafkajsClient(options.connection, logger, { connectionTimeoutMs, requestTimeoutMs, retries });
  let admin: Admin | undefined;
  const close = async (): Promise<void> => {
    const ended = admin;
    admin = undefined;
    await ended?.disconnect().catch((error: unknown) => logger.debug('a connection did not end well', { error }));
  };
  return {
    describe: async () => {
      try {
        if (admin === undefined) {
          admin = client.admin({ retry: { retries } });
          await admin.connect();
        }
        const { groups } = await admin.describeGroups([groupId]);
        return groups[0];
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}
