/**
 * A person who changes tables by hand, as with cqlsh. In: where the nodes are, one statement of the schema. Out: it is done,
 * and the nodes agree on it.
 */
import { Client } from 'cassandra-driver';

/** Where; see `Servers`. */
export type TablesPlace = { readonly contactPoints: readonly string[]; readonly datacenter: string };

/** Runs one statement. */
export async function alterTables({ contactPoints, datacenter }: TablesPlace, statement: string): Promise<void> {
  const client = new Client({
    contactPoints: [...contactPoints],
    localDataCenter: datacenter,
    protocolOptions: { port: Number(contactPoints[0]?.split(':')[1]) },
  });
  try {
    await client.execute(statement);
  } finally {
    await client.shutdown();
  }
}
