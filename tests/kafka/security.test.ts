/**
 * Brokers that demand TLS and a login. In: right and wrong ways to come. Out: the log works, or one sentence says what
 * is wrong and what to do; a password never stands in it.
 */
import { type KafkaConnection, openKafkaLog } from '@tapeline/kafka';
import { describe, expect, test } from 'vitest';
import { KafkaStream } from './kafka-stream.ts';
import { ownCluster } from './own-cluster.ts';

const user = { name: 'tapeline', password: 'right-secret' };
const cluster = await ownCluster({ security: 'SASL_SSL', users: [user], quickStart: true });

const ca = cluster?.certificates?.ca ?? '';
const sasl = { mechanism: 'scram-sha-512', username: user.name, password: user.password } as const;

function connectionWith(parts: Partial<KafkaConnection>): KafkaConnection {
  return { brokers: cluster?.brokers ?? [], clientId: 'tapeline-test', ...parts };
}

async function refusal(parts: Partial<KafkaConnection>): Promise<unknown> {
  const settings = { connectTimeoutMs: 2_000 };
  return openKafkaLog({ connection: connectionWith(parts), stream: 's', settings }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.skipIf(cluster === undefined)(
  'a broker that demands TLS and a login (needs Java 17 and Maven: install them)',
  () => {
    test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(`%s: appends and reads`, async (mechanism) => {
      const stream = await KafkaStream.make(cluster?.brokers ?? [], {
        connection: { tls: { ca }, sasl: { ...sasl, mechanism } },
      });
      const log = await stream.open();
      await log.append('ticks', 0, Uint8Array.of(7));
      expect((await log.open('ticks', 0, 0).next())?.map(({ bytes }) => bytes[0])).toEqual([7]);
      await stream.end();
    });

    test(`a wrong password is told, and does not stand in the message`, async () => {
      const error = await refusal({ tls: { ca }, sasl: { ...sasl, password: 'wrong-secret' } });
      expect(error).toMatchObject({ code: 'KAFKA_LOGIN' });
      expect(String(error)).toMatch(/refused the login of user "tapeline".*check user, password and mechanism/);
      expect(String(error)).not.toContain('secret');
    });

    test(`a certificate of nobody we trust is told with the remedy`, async () => {
      const error = await refusal({ tls: {}, sasl });
      expect(error).toMatchObject({ code: 'KAFKA_TLS' });
      expect(String(error)).toMatch(/certificate of the authority/);
    });

    test(`a certificate of another name is told with the remedy`, async () => {
      const error = await refusal({ tls: { ca, servername: 'elsewhere.example' }, sasl });
      expect(error).toMatchObject({ code: 'KAFKA_TLS' });
      expect(String(error)).toMatch(/name/);
    });

    test(`a client without TLS is told`, async () => {
      const error = await refusal({ sasl });
      expect(String(error)).toMatch(/^KafkaError: .*127\.0\.0\.1:\d+.*TLS/);
    });

    test(`a client without a login is told`, async () => {
      const error = await refusal({ tls: { ca } });
      expect(String(error)).toMatch(/login/);
    });
  },
);
