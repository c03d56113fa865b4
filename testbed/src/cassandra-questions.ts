/**
 * What the testbed asks a Cassandra node, by a hand-made frame. In: an address. Out: the versions of CQL that it speaks,
 * as proof that it serves. Format: native_protocol_v4.spec of Cassandra. No login is needed to ask this.
 */
import { exchange, type ExchangeTarget } from './one-exchange.ts';
import { WireReader, WireWriter } from './wire-bytes.ts';

const headBytes = 9;
const requestVersion = 0x04;
const optionsCode = 0x05;
const supportedCode = 0x06;
const answerWithinMs = 5_000;

/** What the node supports, by name. Rejects if nobody serves there. */
export async function supportedOptions(target: ExchangeTarget): Promise<Map<string, readonly string[]>> {
  const frame = new WireWriter().u8(requestVersion).u8(0).i16(0).u8(optionsCode).i32(0).finish();
  const bytes = await exchange(target, frame, cqlFrameLength, answerWithinMs);
  const answer = new WireReader(bytes);
  answer.i32();
  const code = answer.u8();
  answer.i32();
  if (code !== supportedCode) throw new Error(`${target.host}:${target.port} answers OPTIONS with frame ${code}`);
  const texts = (): string[] => Array.from({ length: answer.i16() }, () => answer.text() ?? '');
  return new Map(Array.from({ length: answer.i16() }, () => [answer.text() ?? '', texts()]));
}

function cqlFrameLength(bytes: Buffer): number | undefined {
  return bytes.length < headBytes ? undefined : bytes.readInt32BE(5) + headBytes;
}
