/**
 * What a person reads when a broker cannot be used. In: the error of a connection. Out: one sentence with the address,
 * the fact and the remedy; never a secret.
 */
import { type HostPort, type KafkaConnection, KafkaError, type KafkaPlaces, optionPlaces } from './kafka-connection.ts';
import { LinkError } from './link-error.ts';
import { garbageCode } from './reply-guard.ts';

/** What was tried. */
export type Attempt = { readonly connection: KafkaConnection; readonly connectTimeoutMs: number };

const causesMax = 5;

/** The error of opening a connection, as `KafkaError`. */
export function startErrorOf(error: unknown, place: HostPort, { connection, connectTimeoutMs }: Attempt): KafkaError {
  if (error instanceof KafkaError) return error;
  const at = `${place.host}:${place.port}`;
  const { message, code } = rootOf(error);
  const { brokers, tls } = connection.places ?? optionPlaces;
  const made = (kind: KafkaError['code'], text: string): KafkaError => new KafkaError(kind, text, { cause: error });
  if (code === garbageCode.tls) {
    return made(
      'KAFKA_TLS',
      `the server at ${at} speaks TLS; connect with it (${tls}), or name another with ${brokers}`,
    );
  }
  if (code === garbageCode.other || isUnreadable(error)) {
    return made('KAFKA_UNREACHABLE', `the server at ${at} is no Kafka broker (${message}); name one with ${brokers}`);
  }
  if (/current SASL state/i.test(message)) {
    const remedy = `leave user and password away, or name a listener that takes a login with ${brokers}`;
    return made('KAFKA_LOGIN', `the Kafka broker at ${at} takes no login at this listener; ${remedy}`);
  }
  if (/SASL|authenticat/i.test(message)) {
    const user = connection.sasl === undefined ? 'without a login' : `of user "${connection.sasl.username}"`;
    return made(
      'KAFKA_LOGIN',
      `the Kafka broker at ${at} refused the login ${user} (${message}); check user, password and mechanism`,
    );
  }
  if (isAboutTls(message, code)) {
    return made('KAFKA_TLS', `TLS with the Kafka broker at ${at} failed: ${message}; ${tlsRemedy(message, code)}`);
  }
  if (/timed out|timeout/i.test(message) || code === 'ECONNREFUSED' || code === 'ENOTFOUND') {
    const seconds = connectTimeoutMs / 1_000;
    return made(
      'KAFKA_UNREACHABLE',
      `no Kafka broker answered at ${at} within ${seconds} s (${message}); start one or name another with ${brokers}`,
    );
  }
  if (/closed|reset|ECONNRESET|EPIPE|disconnected/i.test(message)) {
    const remedy =
      connection.tls === undefined
        ? 'does it ask for TLS or a login? give them, '
        : 'does it speak TLS and accept our certificate? check it, ';
    return made(
      'KAFKA_UNREACHABLE',
      `the broker at ${at} ended the connection at once; ${remedy}or name another with ${brokers}`,
    );
  }
  return made(
    'KAFKA_UNREACHABLE',
    `the Kafka broker at ${at} cannot be used: ${message}; name another with ${brokers}`,
  );
}

/** Bytes that end too early or make no sense, wherever they were read. */
function isUnreadable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < causesMax && current instanceof Error; depth += 1) {
    if (current instanceof RangeError) return true;
    current = current.cause;
  }
  return false;
}

function isAboutTls(message: string, code: string): boolean {
  return /certificate|altname|self.signed|ssl|tls|wrong version number|handshake/i.test(`${message} ${code}`);
}

function tlsRemedy(message: string, code: string): string {
  if (/altname/i.test(`${message} ${code}`))
    return 'name the broker as its certificate does, or give the name that it carries';
  if (/wrong version number|packet length/i.test(message)) return 'this port speaks no TLS: connect without it';
  if (/self.signed|issuer|verify|chain/i.test(`${message} ${code}`))
    return "give the certificate of the authority that signed the broker's";
  return 'check certificates and names on both sides';
}

/** kafkajs wraps what happened; its message without its own words, and the system's code where there is one. */
function rootOf(error: unknown): { readonly message: string; readonly code: string } {
  let message = String(error);
  let code = '';
  let current: unknown = error;
  for (let depth = 0; depth < causesMax && current instanceof Error; depth += 1) {
    message = current.message;
    code = (current as { code?: unknown }).code?.toString() ?? code;
    current = current.cause;
  }
  return { message: message.replace(/^(Connection error|Failed to connect): /, '').trim(), code };
}

/** The error of the first questions to a cluster, as `KafkaError`; others stay what they are. */
export function startProblemOf(error: unknown, { brokers }: KafkaPlaces = optionPlaces): unknown {
  if (!(error instanceof LinkError)) return error;
  const asksForLogin = /ask for a login/.test(error.message);
  const remedy = asksForLogin ? 'give user and password' : `start it or name another with ${brokers}`;
  return new KafkaError(asksForLogin ? 'KAFKA_LOGIN' : 'KAFKA_UNREACHABLE', `${error.message}; ${remedy}`, {
    cause: error,
  });
}

/** The same work, rejecting with `KafkaError` where it was a connection that failed. */
export async function told<Value>(work: Promise<Value>, { places }: KafkaConnection): Promise<Value> {
  return work.catch((error: unknown) => {
    throw startProblemOf(error, places);
  });
}
