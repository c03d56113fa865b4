/**
 * What can go wrong with a testbed. In: a code and a sentence for people. Out: an error whose message names the fact and
 * the remedy, and from which a test can tell "cannot run here" from "is broken".
 */

/**
 * JAVA_MISSING, MAVEN_MISSING: this machine lacks a tool. JARS_FAILED: Maven could not fetch. NOT_READY: a server did not
 * come up in time. SERVER_ENDED: it ended by itself. BAD_OPTION: the caller asked for something that cannot be.
 */
export type TestbedErrorCode =
  | 'JAVA_MISSING'
  | 'MAVEN_MISSING'
  | 'JARS_FAILED'
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

/** Whether the machine lacks what real servers need, so that a test may skip and say why. */
export function isUnavailable(error: unknown): error is TestbedError {
  return error instanceof TestbedError && ['JAVA_MISSING', 'MAVEN_MISSING', 'JARS_FAILED'].includes(error.code);
}
