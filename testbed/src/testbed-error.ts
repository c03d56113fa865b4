/**
 * What can go wrong with a testbed. In: a code and a sentence for people. Out: an error whose message names the fact and
 * the remedy, and from which a test can tell "cannot run here" from "is broken".
 */

/**
 * JAVA_MISSING, MAVEN_MISSING, TOOL_MISSING: this machine lacks a tool or a right. JARS_FAILED: Maven could not fetch.
 * NOT_BUILT: programs that are built from Go modules are not there yet. BUILD_FAILED: they could not be built. TOOL_FAILED: a
 * program that was called ended badly. NOT_READY: a server did not come up in time. SERVER_ENDED: it ended by itself.
 * BAD_OPTION: the caller asked for something that cannot be.
 */
export type TestbedErrorCode =
  | 'JAVA_MISSING'
  | 'MAVEN_MISSING'
  | 'TOOL_MISSING'
  | 'JARS_FAILED'
  | 'NOT_BUILT'
  | 'BUILD_FAILED'
  | 'TOOL_FAILED'
  | 'NOT_READY'
  | 'SERVER_ENDED'
  | 'BAD_OPTION';

/** Why a testbed did not do what was asked. */
export class TestbedError extends Error {
  override readonly name = 'TestbedError';
  readonly code: TestbedErrorCode;

  constructor(code: TestbedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const unavailable: readonly TestbedErrorCode[] = [
  'JAVA_MISSING',
  'MAVEN_MISSING',
  'TOOL_MISSING',
  'JARS_FAILED',
  'NOT_BUILT',
];

/** Whether the machine lacks what real servers need, so that a test may skip and say why. */
export function isUnavailable(error: unknown): error is TestbedError {
  return error instanceof TestbedError && unavailable.includes(error.code);
}
