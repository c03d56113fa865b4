/**
 * What kafkajs's connection does with bytes that are no answer of a Kafka broker. In: its class, once. Out: the same class,
 * where such bytes end the connection, and every request on it is told so. Without this they throw out of the socket's
 * listener and end the process, or are waited for by the gigabyte. Law 7: a reply has a largest size.
 */
import type { Socket } from 'node:net';
import { kafkajsErrors } from './kafkajs-errors.ts';

/** What the guard touches of kafkajs's connection. */
export type GuardedConnection = {
  readonly host: string;
  readonly port: number;
  readonly socket: Socket | undefined;
  readonly authHandlers: { onError(): void } | null;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  processData: (this: GuardedConnection, data: Buffer) => void;
  send: (this: GuardedConnection, request: object) => Promise<unknown>;
};

/** The code of an error that says: this is another protocol, or TLS where none was asked for. */
export const garbageCode: { readonly other: string; readonly tls: string } = {
  other: 'NO_KAFKA_REPLY',
  tls: 'NO_KAFKA_REPLY_BUT_TLS',
};

/** No reply is larger, bytes: twelve times the largest record. Whoever announces more is no Kafka broker. */
export const replyBytesMax = 134_217_728;

const lengthBytes = 4;
const tlsAlert = 0x15;
const tlsMajor = 0x03;

/** Puts the guard into the class of connections; once. */
export function guardReplies(connections: GuardedConnection): void {
  const { processData, send } = connections;
  connections.processData = function guarded(this: GuardedConnection, data: Buffer): void {
    try {
      processData.call(this, data);
      if (this.bytesNeeded <= replyBytesMax + lengthBytes) return;
      throw new RangeError(`it announces a reply of ${this.bytesNeeded} bytes, and ${replyBytesMax} are the most`);
    } catch (error) {
      giveUp(this, data, error);
    }
  };
  connections.send = async function guarded(this: GuardedConnection, request: object): Promise<unknown> {
    try {
      return await send.call(this, request);
    } catch (error) {
      // A reply that never becomes whole would swallow all that follow it; kafkajs would keep such a connection.
      if (error instanceof kafkajsErrors.KafkaJSRequestTimeoutError && this.bytesBuffered > 0)
        giveUp(this, Buffer.alloc(0), error);
      if (!(error instanceof RangeError)) throw error;
      giveUp(this, Buffer.alloc(0), error);
      // kafkajs tries again after an error of the connection, and never after another.
      const options = { broker: `${this.host}:${this.port}`, code: garbageCode.other };
      throw Object.assign(
        new kafkajsErrors.KafkaJSConnectionError(`a reply cannot be read: ${error.message}`, options),
        {
          cause: error,
        },
      );
    }
  };
}

/** The socket's own listener then rejects what waits and ends the connection. */
function giveUp(connection: GuardedConnection, data: Buffer, cause: unknown): void {
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = lengthBytes;
  connection.authHandlers?.onError();
  const isTls = data[0] === tlsAlert && data[1] === tlsMajor;
  const why = cause instanceof Error ? cause.message : String(cause);
  const error = new Error(`a reply cannot be read: ${why}`, { cause });
  connection.socket?.destroy(Object.assign(error, { code: isTls ? garbageCode.tls : garbageCode.other }));
}
