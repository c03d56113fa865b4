/**
 * Every migration of this version, in order. In: nothing. Out: the list, and the checksum of one, by which a keyspace tells
 * whether it was made with the same text.
 */
import { createHash } from 'node:crypto';
import { tables } from './0001-tables.ts';
import { streams } from './0002-streams.ts';
import { topicIds } from './0003-topic-ids.ts';
import { pins } from './0004-pins.ts';
import type { Migration } from './migration.ts';

/** In the order of their ids, which rise from 1. */
export const allMigrations: readonly Migration[] = [tables, streams, topicIds, pins];

/** SHA-256 of its statements as hexadecimal digits. */
export function checksumOf({ statements }: Migration): string {
  return createHash('sha256').update(statements.join(';\n')).digest('hex');
}
