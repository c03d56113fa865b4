/** Errors are told apart by their numbers, and keep SQLite's words. */
import { expect, test } from 'vitest';
import { logErrorOf, storeErrorOf } from './seam-errors.ts';
import { Quota } from './quota.ts';
import { FailureError, type FailureKind, failureOf } from './sqlite-failure.ts';

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('as SQLite says it'), { code: 'ERR_SQLITE_ERROR', errcode });
}

test.each<[number, FailureKind]>([
  [13, 'full'],
  [4_874, 'full'],
  [5, 'busy'],
  [261, 'busy'],
  [11, 'damaged'],
  [267, 'damaged'],
  [26, 'damaged'],
  [8, 'read-only'],
  [1_032, 'read-only'],
  [10, 'unavailable'],
  [778, 'unavailable'],
  [14, 'unavailable'],
])('SQLite code %d is %s', (code, kind) => {
  expect(failureOf(sqliteError(code))).toEqual({
    kind,
    message: 'as SQLite says it',
    facts: { sqlite: String(code) },
  });
});

test.each<[string, FailureKind]>([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EROFS', 'read-only'],
  ['EACCES', 'read-only'],
  ['EIO', 'unavailable'],
])('system error %s is %s', (code, kind) => {
  expect(failureOf(Object.assign(new Error('x'), { code }))).toMatchObject({ kind });
});

test('what is no failure stays what it is, so that a defect is not told as bad luck', () => {
  const quota = new Quota(undefined, () => undefined);
  const defect = new TypeError('undefined is not a function');
  expect(logErrorOf(defect, quota)).toBe(defect);
  expect(storeErrorOf(defect, quota)).toBe(defect);
});

test.each<[FailureKind, string, string]>([
  ['full', 'LOG_FULL', 'make space on it, and it goes on by itself'],
  ['damaged', 'LOG_UNAVAILABLE', 'restore the directory from a copy'],
  ['read-only', 'LOG_UNAVAILABLE', 'make the directory writable again'],
  ['unavailable', 'LOG_UNAVAILABLE', 'look at the disk'],
])('a failure of kind %s is %s, and says what to do', (kind, code, remedy) => {
  const quota = new Quota(undefined, () => undefined);
  const error = logErrorOf(new FailureError(kind, 'words'), quota);
  expect(error).toMatchObject({ code });
  expect((error as Error).message).toContain(remedy);
  const ofStore = storeErrorOf(new FailureError(kind, 'words'), quota);
  expect(ofStore).toMatchObject({ code: code.replace('LOG', 'STORE') });
});
