/** What a failed start says, from the driver's errors as they come: alone, wrapped, wrapped twice. */
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { errors } from 'cassandra-driver';
import { expect, test } from 'vitest';
import { noHost } from '../test-kit/hand-units.ts';
import { startFailure } from './start-failure.ts';

const connection = {
  contactPoints: ['10.0.0.1:9042'],
  localDataCenter: 'nowhere',
  keyspace: 'tape',
  clock: new ManualClock(0),
  logger: silentLogger,
};

const words = "localDataCenter was configured as 'nowhere', but only found hosts in data centers: [east, west]";
const ofPolicy = 'Datacenter nowhere was not found. Available DCs are: [east, west]';

const wrongCentres: readonly [how: string, error: Error][] = [
  ['alone', new errors.ArgumentError(words)],
  ['by the policy', new errors.ArgumentError(ofPolicy)],
  ['wrapped', noHost({ '10.0.0.1:9042': new errors.ArgumentError(words) })],
  ['wrapped twice', noHost({ '10.0.0.1:9042': noHost({ '10.0.0.1:9042': new Error(words) }) })],
  ['as another class', new Error(words)],
  ['beside a node that is away', noHost({ a: new Error('connect ECONNREFUSED'), b: new Error(words) })],
];

test.each(wrongCentres)('a data centre that there is none of names those that there are: %s', (_how, error) => {
  expect(startFailure(error, connection)).toMatchObject({
    code: 'DATACENTER_UNKNOWN',
    message: "no node of Cassandra at 10.0.0.1:9042 is in data centre 'nowhere'; name one of east, west",
  });
});

test('any other refusal of a connection is told as not reachable', () => {
  expect(startFailure(noHost({ a: new Error('connect ECONNREFUSED') }), connection).code).toBe('NOT_REACHABLE');
});
