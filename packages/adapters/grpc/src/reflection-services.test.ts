/**
 * Descriptors as reflection takes them. In: sets by hand. Out: their files, or an error that says where it is broken.
 */
import { expect, test } from 'vitest';
import { filesOfSet, reflectionServices } from './reflection-services.ts';

/** A FileDescriptorProto that has a name alone. */
function file(name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  return Uint8Array.of(0x0a, bytes.byteLength, ...bytes);
}

function setOf(...files: Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    files.flatMap((bytes) => [0x0a, (bytes.byteLength & 0x7f) | 0x80, bytes.byteLength >> 7, ...bytes]),
  );
}

test('a set is cut into its files, with lengths of one byte and of more', () => {
  const [short, long] = [file('a.proto'), file(`${'b'.repeat(120)}.proto`)];
  const large = Uint8Array.of(...new Uint8Array(500));
  expect(filesOfSet(setOf(short, long, large))).toEqual([short, long, large]);
  expect(filesOfSet(new Uint8Array())).toEqual([]);
});

test('bytes that are no set are refused with the place', () => {
  expect(() => filesOfSet(Uint8Array.of(0x12, 0x00))).toThrow('no file at byte 0');
  expect(() => filesOfSet(Uint8Array.of(0x0a, 0x05, 0x00))).toThrow('ends inside of a file at byte 2');
  expect(() => filesOfSet(Uint8Array.of(0x0a, 0x80))).toThrow(RangeError);
});

test('both versions of the protocol are served', () => {
  expect(reflectionServices(new Uint8Array(), []).map(({ name }) => name)).toEqual([
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
  ]);
});
