/**
 * Names of a cluster for this process, which is outside of it. In: who knows their addresses. Out: names under `cluster.local` are
 * found there, as in a pod, and all others as before. Brokers tell their clients such names.
 */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';

type Found = (error: NodeJS.ErrnoException | null, address?: string | LookupAddress[], family?: number) => void;

const domain = '.cluster.local';
const ipv4 = 4;

/** Sockets of this process find the cluster's names until what is answered is called; `resolve` tells their IPv4 addresses. */
export function useClusterNames(resolve: (name: string) => Promise<readonly string[]>): () => void {
  const before = dns.lookup;
  const answer = async (name: string, { all = false }: LookupOptions, found: Found): Promise<void> => {
    try {
      const addresses = (await resolve(name)).map((address) => ({ address, family: ipv4 }));
      if (all) found(null, addresses);
      else found(null, addresses[0]?.address ?? '', ipv4);
    } catch (error) {
      found(error as NodeJS.ErrnoException);
    }
  };
  const lookup = (name: string, options: LookupOptions | Found, found: Found = () => undefined): void => {
    const [given, callback] = typeof options === 'function' ? [{}, options] : [options, found];
    if (name.endsWith(domain)) void answer(name, given, callback);
    else Reflect.apply(before, dns, [name, given, callback]);
  };
  // Sockets look the function up when they connect.
  Object.assign(dns, { lookup });
  return () => {
    Object.assign(dns, { lookup: before });
  };
}
