/**
 * What brokers answer about topics. In: answers with a code each. Out: nothing where all is well, else an error that says whether
 * waiting helps, a grant, or another setting. Who looks and who changes reads the same codes in the same way.
 */
import {
  adminApis,
  describeConfigsBody,
  readDescribeConfigs,
  type TopicAnswer,
  type TopicConfig,
} from './admin-requests.ts';
import { code, codeName, isForbidden } from './error-codes.ts';
import { KafkaError } from './kafka-connection.ts';
import type { Clock } from '@tapeline/runtime';
import { isPassing, PassingError } from './through-failover.ts';
import type { WireCalls } from './wire-calls.ts';

/** What is done with topics, and what to grant to who may not. */
export type TopicWork = { readonly verb: string; readonly remedy: string };

/** Looking alone. */
export const looking: TopicWork = { verb: 'see', remedy: 'grant it Describe and DescribeConfigs' };

/** Making and changing. */
export const changing: TopicWork = {
  verb: 'make or change',
  remedy: 'grant it Create, Describe, DescribeConfigs and AlterConfigs, or make the topics by hand',
};

/** Deleting, also of what a topic holds. */
export const deleting: TopicWork = { verb: 'delete', remedy: 'grant it Describe and Delete' };

/** Raising a number of partitions. */
export const growing: TopicWork = { verb: 'add partitions to', remedy: 'grant it Describe and Alter' };

/** What is asked can never be so: another number or setting is needed. */
const impossible: ReadonlySet<number> = new Set([
  code.invalidTopic,
  code.invalidPartitions,
  code.invalidConfig,
  code.policyViolation,
]);

/** Looks at a change until a broker tells it back, and the pause between them, ms. */
const toldBackLooksMax = 50;
const toldBackLookMs = 100;

/** Throws `KafkaError` for the first that failed: KAFKA_FAILED, KAFKA_NOT_AUTHORISED, or KAFKA_TOPICS where waiting does not help. */
export function throwAny(answers: readonly TopicAnswer[], { verb, remedy }: TopicWork): void {
  const failed = answers.find((answer) => answer.code !== code.none);
  if (failed === undefined) return;
  if (isPassing(failed.code)) throw new PassingError(answerText(failed));
  if (isForbidden(failed.code)) {
    throw new KafkaError('KAFKA_NOT_AUTHORISED', `this client may not ${verb} topic ${failed.name}; ${remedy}`);
  }
  throw new KafkaError(impossible.has(failed.code) ? 'KAFKA_TOPICS' : 'KAFKA_FAILED', answerText(failed));
}

/** Whether a topic of metadata is there. Throws `KafkaError` KAFKA_NOT_AUTHORISED where this client may not see it. */
export function isThere({ name, code: answered }: Omit<TopicAnswer, 'message'>, work: TopicWork): boolean {
  if (isForbidden(answered)) throwAny([{ name, code: answered, message: null }], work);
  return answered === code.none;
}

/** The settings of topics as they count now, with a code for each topic. */
export async function describeTopics(
  calls: WireCalls,
  names: readonly string[],
): Promise<readonly (TopicAnswer & { readonly config: TopicConfig })[]> {
  return calls.ask(adminApis.describeConfigs, describeConfigsBody(names), readDescribeConfigs);
}

/** Waits for what was changed, and no longer than what was changed anyway needs; answers whether it was told. */
export async function toldBack(clock: Clock, isTold: () => Promise<boolean>): Promise<boolean> {
  for (let look = 0; look < toldBackLooksMax; look += 1) {
    if (await isTold()) return true;
    await clock.sleep(toldBackLookMs);
  }
  return false;
}

function answerText({ name, code: answered, message }: TopicAnswer): string {
  return `topic ${name}: ${codeName(answered)} ${message ?? ''}`.trim();
}
