/**
 * Work on topics while the cluster changes its leaders. In: work that may be done twice. Out: its result, tried again for
 * up to a minute where no broker could do it now, then one sentence that says so. Law 7: the minute is the bound.
 */
import type { Clock } from '@tapeline/runtime';
import { code } from './error-codes.ts';
import { KafkaError } from './kafka-connection.ts';
import { LinkError } from './link-error.ts';

/** A broker answered that it cannot do this now. */
export class PassingError extends KafkaError {
  constructor(message: string) {
    super('KAFKA_FAILED', message);
  }
}

/** No try begins later than this after the first, ms. */
export const failoverMs = 60_000;
const pauseMs = 1_000;
const passing: ReadonlySet<number> = new Set([
  code.requestTimedOut,
  code.brokerNotAvailable,
  code.networkException,
  // There are brokers enough, as they were counted before, and one of them went away or is not back yet.
  code.invalidReplicationFactor,
  code.notController,
]);

/** Whether a code says that another time the same may work. */
export function isPassing(value: number): boolean {
  return passing.has(value);
}

/** Does it, again where it may pass by itself. Rejects with `KafkaError` KAFKA_FAILED after a minute; else as `work` does. */
export async function throughFailover<Result>(
  clock: Clock,
  stream: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const startMs = clock.monotonicMs();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (clock.monotonicMs() - startMs + pauseMs > failoverMs) throw gaveUp(stream, tries, error);
      await clock.sleep(pauseMs);
    }
  }
}

function mayPass(error: unknown): error is Error {
  if (error instanceof LinkError || error instanceof PassingError) return true;
  return error instanceof KafkaError && error.code === 'KAFKA_UNREACHABLE';
}

function gaveUp(stream: string, tries: number, error: Error): KafkaError {
  const fact = `the topics of ${stream} could not be made sure of in ${failoverMs / 1_000} s and ${tries} tries`;
  const remedy = "brokers answer, so look at the cluster's controller and start again";
  return new KafkaError('KAFKA_FAILED', `${fact} (${error.message}); ${remedy}`, { cause: error });
}
