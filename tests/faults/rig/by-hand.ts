/**
 * What a person does to servers by hand, as with the tools that come with them. In: where they are. Out: one statement is run,
 * or topics are changed, and the connection is gone again.
 */
import { type KafkaAdmin, kafkaAdmin } from '@tapeline/kafka';
import { CqlShell } from '../../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import type { Servers } from './servers.ts';

/** Runs a statement of CQL; the nodes agree on what it changed of the schema. */
export async function runCql({ contactPoints, datacenter }: Servers, statement: string): Promise<void> {
  const shell = new CqlShell({ contactPoints, localDataCenter: datacenter });
  try {
    await shell.run(statement);
  } finally {
    await shell.close();
  }
}

/** Works on topics. */
export async function withAdmin<Result>(
  { brokers }: Servers,
  work: (admin: KafkaAdmin) => Promise<Result>,
): Promise<Result> {
  const admin = kafkaAdmin({ connection: { brokers, clientId: 'by-hand' } });
  try {
    return await work(admin);
  } finally {
    admin.close();
  }
}
