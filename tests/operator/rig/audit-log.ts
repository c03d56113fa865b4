/**
 * What was asked of an API server. In: its audit file. Out: the calls of one account, by verb and resource, with what they were
 * answered and by which token they came.
 */
import { readFileSync } from 'node:fs';

/** One call. */
export type AuditedCall = {
  readonly verb: string;
  /** With its subresource: `tickstreams/status`. */
  readonly resource: string;
  readonly group: string;
  readonly name: string;
  /** HTTP's; 0 while a watch goes on. */
  readonly status: number;
  /** Which token, in the API's own words; empty where it cannot tell. */
  readonly token: string;
  readonly atMs: number;
};

type Line = {
  readonly verb: string;
  readonly stage: string;
  readonly requestReceivedTimestamp: string;
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
};

const reading = new Set(['get', 'list', 'watch']);

/** The calls of an account from `sinceMs` on, each once; the account as `namespace:name`. */
export function callsOf(auditFile: string, account: string, sinceMs = 0): readonly AuditedCall[] {
  const user = `system:serviceaccount:${account}`;
  return linesOf(auditFile)
    .filter((line) => line.user?.username === user && isWhole(line))
    .map(callOf)
    .filter(({ atMs }) => atMs >= sinceMs);
}

/** Those that would change something. */
export function writesOf(calls: readonly AuditedCall[]): readonly AuditedCall[] {
  return calls.filter(({ verb }) => !reading.has(verb));
}

/** Those of `writesOf` that a steady state does not have: without renewals, and what tells that others changed tables if they did. */
export function unsteadyWrites(calls: readonly AuditedCall[], isSchemaSame: boolean): readonly AuditedCall[] {
  const expected = ['leases', ...(isSchemaSame ? [] : ['tickstores/status'])];
  return writesOf(calls).filter(({ resource }) => !expected.includes(resource));
}

/** How many of each, as `verb resource`, sorted. */
export function countCalls(calls: readonly AuditedCall[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { verb, resource } of calls)
    counts.set(`${verb} ${resource}`, (counts.get(`${verb} ${resource}`) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** A watch is told when it begins and when it ends; it counts where it begins. */
function isWhole({ stage, verb }: Line): boolean {
  return verb === 'watch' ? stage === 'ResponseStarted' : stage === 'ResponseComplete';
}

function linesOf(auditFile: string): readonly Line[] {
  return readFileSync(auditFile, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch (error) {
        // Half a line, of a server that was killed while it wrote, or that is writing now.
        if (error instanceof SyntaxError) return [];
        throw error;
      }
    });
}

function callOf({ verb, objectRef = {}, responseStatus, user, requestReceivedTimestamp }: Line): AuditedCall {
  const { resource = '', subresource, apiGroup = '', name = '' } = objectRef;
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    group: apiGroup,
    name,
    status: responseStatus?.code ?? 0,
    token: user?.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
    atMs: Date.parse(requestReceivedTimestamp),
  };
}
