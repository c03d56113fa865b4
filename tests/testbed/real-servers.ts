/**
 * Whether this machine can run real servers. In: nothing. Out: undefined, or what it lacks and how
 * to get it; then tests of real servers are skipped.
 */
import { cassandraArtifacts, findJava, isUnavailable, kafkaArtifacts, mavenJars } from '@tapeline/testbed';

/** `needs X: do Y`, or undefined. Fetches what has to be fetched, so that no test waits for it. */
export async function lackOfServers(): Promise<string | undefined> {
  try {
    await findJava();
    await mavenJars('kafka', kafkaArtifacts);
    await mavenJars('cassandra', cassandraArtifacts);
    return undefined;
  } catch (error) {
    if (isUnavailable(error)) return error.message;
    throw error;
  }
}
