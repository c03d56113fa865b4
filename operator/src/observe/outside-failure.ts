/**
 * What an error from outside means. In: an error of an adapter. Out: a failure as a value, or the same error thrown again if it is
 * none of theirs: then it is a defect of ours and is counted as one.
 */
import { CassandraError } from '@tapeline/cassandra';
import { LogError, StoreError } from '@tapeline/domain';
import { KafkaError } from '@tapeline/kafka';
import { KubeError } from '@tapeline/kubernetes';
import { failed, type Failure, type FailureCode, type Looked, seen } from '../decide/failure.ts';

const kafkaCodes: Readonly<Record<KafkaError['code'], FailureCode>> = {
  KAFKA_OPTION: 'UNFIT',
  KAFKA_UNREACHABLE: 'UNREACHABLE',
  KAFKA_TLS: 'REFUSED',
  KAFKA_LOGIN: 'REFUSED',
  KAFKA_NOT_AUTHORISED: 'REFUSED',
  KAFKA_VERSION: 'UNFIT',
  KAFKA_TOPICS: 'UNFIT',
  KAFKA_FAILED: 'FAILED',
};

const cassandraCodes: Readonly<Record<CassandraError['code'], FailureCode>> = {
  BAD_OPTION: 'UNFIT',
  NOT_REACHABLE: 'UNREACHABLE',
  DATACENTER_UNKNOWN: 'UNKNOWN_DATACENTER',
  LOGIN_REFUSED: 'REFUSED',
  TLS_MISMATCH: 'REFUSED',
  KEYSPACE_MISSING: 'UNFIT',
  STORE_UNFIT: 'UNFIT',
};

/** The failure that an error is. Throws the error if it is none. */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) throw error;
  return { code, message: error.message };
}

function codeOf(error: unknown): FailureCode | undefined {
  if (error instanceof KafkaError) return kafkaCodes[error.code];
  if (error instanceof CassandraError) return cassandraCodes[error.code];
  if (error instanceof LogError) return error.code === 'LOG_REPLACED' ? 'REPLACED' : 'FAILED';
  if (error instanceof StoreError) return error.code === 'STORE_UNFIT' ? 'UNFIT' : 'UNREACHABLE';
  // What the API refuses for good is told; all else is tried again with growing waits.
  if (error instanceof KubeError && (error.code === 'INVALID' || error.code === 'FORBIDDEN')) return 'UNFIT';
  return undefined;
}

/** What was seen, or the failure to see it. Rejects with what is no failure. */
export async function looked<Value>(look: () => Promise<Value>): Promise<Looked<Value>> {
  try {
    return seen(await look());
  } catch (error) {
    return failed(failureOf(error));
  }
}
