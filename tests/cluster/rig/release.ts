/**
 * The release that markets are installed as. In: nothing. Out: its names, its ports, and the labels of its pods, which are those that
 * the chart gives.
 */

/** The release, its namespace, and the name of its objects. */
export const release = { name: 'market', namespace: 'market', full: 'market-tapeline' } as const;

/** Where its servers listen. */
export const ports = { kafka: 9_092, cassandra: 9_042, http: 8_080 } as const;

/** Parts of the market, each with pods of its own. */
export type Part = 'worker' | 'feed' | 'ingest' | 'query' | 'operator' | 'kafka' | 'cassandra';

/** Labels of each part's pods, as kubectl takes them. */
export const selectors: Readonly<Record<Part, string>> = {
  worker: ofStream('worker'),
  feed: ofStream('feed'),
  ingest: ofRelease('ingest'),
  query: ofRelease('query'),
  operator: ofRelease('operator'),
  kafka: ofRelease('kafka'),
  cassandra: ofRelease('cassandra'),
};

function ofStream(role: string): string {
  return `tapeline.dev/stream=${release.full},tapeline.dev/role=${role}`;
}

function ofRelease(component: string): string {
  return `app.kubernetes.io/instance=${release.name},app.kubernetes.io/component=${component}`;
}
