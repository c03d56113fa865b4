/**
 * A process that migrates a keyspace, for tests of many at once. In: address, data centre, keyspace as arguments. Out: on
 * standard output, the ids that it applied.
 */
import { writeSync } from 'node:fs';
import { migrate } from '@tapeline/cassandra';
import { silentLogger, systemClock } from '@tapeline/runtime';

const [contactPoint = '', localDataCenter = '', keyspace = ''] = process.argv.slice(2);
const report = await migrate({
  contactPoints: [contactPoint],
  localDataCenter,
  keyspace,
  createKeyspace: true,
  clock: systemClock,
  logger: silentLogger,
});
writeSync(1, JSON.stringify(report.applied));
