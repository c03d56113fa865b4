/**
 * The settings of a Cassandra node. In: addresses, ports, security. Out: cassandra.yaml, written as JSON, which YAML
 * contains. Small, because it shares a developer's machine; with guards as in production.
 */

/** What is particular to one node. */
export type CassandraNodeSettings = {
  readonly clusterName: string;
  readonly address: string;
  /** Where drivers are told to come: the proxy's address, or the node's own. The port is the same. */
  readonly advertisedAddress: string;
  /** Of clients. */
  readonly port: number;
  /** Between nodes. */
  readonly storagePort: number;
  readonly seed: string;
  /** Whether clients must log in; the first login is cassandra with password cassandra. */
  readonly login: boolean;
  readonly tls:
    | { readonly keyStore: string; readonly trustStore: string; readonly clientCertificateRequired: boolean }
    | undefined;
  readonly heapMb: number;
  /** Goes before everything else. */
  readonly config: Readonly<Record<string, unknown>>;
};

/** The text of a node's cassandra.yaml. */
export function cassandraYaml(node: CassandraNodeSettings): string {
  const settings = { ...layout(node), ...sizes(node.heapMb), ...secured(node), ...node.config };
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}

function layout(node: CassandraNodeSettings): Record<string, unknown> {
  const seeds = `${node.seed}:${node.storagePort}`;
  return {
    cluster_name: node.clusterName,
    num_tokens: 4,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    endpoint_snitch: 'SimpleSnitch',
    listen_address: node.address,
    storage_port: node.storagePort,
    rpc_address: node.address,
    broadcast_rpc_address: node.advertisedAddress,
    native_transport_port: node.port,
    start_native_transport: true,
    seed_provider: [{ class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds }] }],
    disk_failure_policy: 'stop',
    commit_failure_policy: 'stop',
    auto_snapshot: false,
  };
}

function sizes(heapMb: number): Record<string, unknown> {
  return {
    commitlog_sync: 'periodic',
    commitlog_sync_period: '1000ms',
    commitlog_segment_size: '8MiB',
    commitlog_total_space: '256MiB',
    memtable_allocation_type: 'heap_buffers',
    memtable_heap_space: `${Math.floor(heapMb / 6)}MiB`,
    memtable_offheap_space: '32MiB',
    key_cache_size: '4MiB',
    file_cache_size: '32MiB',
    networking_cache_size: '32MiB',
    concurrent_reads: 8,
    concurrent_writes: 16,
    concurrent_counter_writes: 4,
    concurrent_compactors: 1,
    // On crowded cores the defaults fail statements that nothing is wrong with.
    read_request_timeout: '10s',
    range_request_timeout: '15s',
    write_request_timeout: '10s',
    request_timeout: '15s',
  };
}

function secured({ login, tls }: CassandraNodeSettings): Record<string, unknown> {
  const settings: Record<string, unknown> = {
    authenticator: login ? 'PasswordAuthenticator' : 'AllowAllAuthenticator',
    authorizer: login ? 'CassandraAuthorizer' : 'AllowAllAuthorizer',
  };
  if (tls !== undefined) {
    settings['client_encryption_options'] = {
      enabled: true,
      optional: false,
      ssl_context_factory: { class_name: 'org.apache.cassandra.security.PEMBasedSslContextFactory' },
      keystore: tls.keyStore,
      truststore: tls.trustStore,
      require_client_auth: tls.clientCertificateRequired,
    };
  }
  return settings;
}
