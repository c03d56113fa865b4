/**
 * Tells positions to the coordinator on connections of its own. In: a member, positions. Out: told, or not now; and whether
 * brokers answer at all. One try: a commit waits at the broker for replicas, a broker takes the next request of a
 * connection only after the one before, and Kafka 4 lets the group's heartbeats wait behind a commit whatever connection
 * they come on.
 */
import type { Clock, Logger } from '@tapeline/runtime';
import { code, codeName } from '../error-codes.ts';
import { type KafkaConnection, KafkaError } from '../kafka-connection.ts';
import { WireCalls } from '../wire-calls.ts';
import {
  commitApis,
  type CommitMember,
  findCoordinatorBody,
  offsetCommitBody,
  readFindCoordinator,
  readOffsetCommit,
} from './commit-requests.ts';

/** The requests it makes, as a seam. */
export type TellerCalls = Pick<WireCalls, 'metadata' | 'ask' | 'askNode' | 'close'>;

/** What a teller needs. */
export type TellerOptions = {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topic: string;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** A connection, and a reply, is waited for so long, ms; a broker keeps a commit for 5 s where replicas are missing. */
const waitMs = 3_000;
/** The member is none of this generation any more, or the group is being spread: the next join changes that. */
const ofRebalance: ReadonlySet<number> = new Set([
  code.illegalGeneration,
  code.unknownMember,
  code.rebalanceInProgress,
]);

/** Tells positions. */
export class PositionTeller {
  readonly #options: TellerOptions;
  readonly #calls: TellerCalls;
  #coordinator: number | undefined;

  /** Throws `KafkaError` KAFKA_OPTION. */
  constructor(options: TellerOptions, calls: TellerCalls = callsOf(options)) {
    this.#options = options;
    this.#calls = calls;
  }

  /** Whether they were taken; `false`: not now, and the next time may be soon. Rejects with `KafkaError` or `LinkError`. */
  async tell(member: CommitMember, positions: ReadonlyMap<number, number>): Promise<boolean> {
    const { groupId, topic } = this.#options;
    const node = this.#coordinator ?? (await this.#find());
    this.#coordinator = undefined;
    const body = offsetCommitBody(groupId, member, topic, positions);
    const answered = await this.#calls.askNode(node, commitApis.offsetCommit, body, readOffsetCommit);
    if (answered === code.notCoordinator) return false;
    this.#coordinator = node;
    if (answered === code.none) return true;
    if (ofRebalance.has(answered)) return false;
    throw this.#refused(answered);
  }

  /** Whether some broker answers, be it not the coordinator; never rejects. */
  async answers(): Promise<boolean> {
    try {
      await this.#calls.metadata([]);
      return true;
    } catch (error) {
      this.#options.logger.debug('no broker answers', { groupId: this.#options.groupId, error });
      return false;
    }
  }

  /** Ends its connections; what is under way rejects. */
  close(): void {
    this.#calls.close();
  }

  async #find(): Promise<number> {
    // Its reply names the broker; where that is comes from the metadata.
    await this.#calls.metadata([]);
    const body = findCoordinatorBody(this.#options.groupId);
    const found = await this.#calls.ask(commitApis.findCoordinator, body, readFindCoordinator);
    if (found.code !== code.none) throw this.#refused(found.code);
    return found.node;
  }

  #refused(answered: number): KafkaError {
    const fact = `positions of the worker group ${this.#options.groupId} were refused: ${codeName(answered)}`;
    return new KafkaError('KAFKA_FAILED', fact);
  }
}

function callsOf({ connection, clock, logger }: TellerOptions): TellerCalls {
  return new WireCalls({ connection, connectTimeoutMs: waitMs, requestTimeoutMs: waitMs, clock, logger });
}
