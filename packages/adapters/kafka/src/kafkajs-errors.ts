/**
 * Classes of kafkajs's errors. In: nothing. Out: those by which we tell failures apart. Node finds the names of a CommonJS
 * module by reading its text, and these are spread into its exports, so an import by name finds them in tests alone.
 */
import { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';

/** The classes. */
export const kafkajsErrors: Pick<typeof Kafkajs, 'KafkaJSConnectionError' | 'KafkaJSRequestTimeoutError'> =
  createRequire(import.meta.url)('kafkajs') as typeof Kafkajs;
