/**
 * Two operators, of which one leads. A leader that stood still finds another at work and writes nothing any more; one that is told to
 * end hands over at once. Whose call it was the API server's audit log tells, by the token of each.
 */
import { kubeTypes } from '@tapeline/kubernetes';
import { tickStreamType } from '@tapeline/operator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leaseRecordOf } from '../../operator/src/runtime/lease-record.ts';
import { pause, until } from '../faults/rig/until.ts';
import { type AuditedCall, callsOf, writesOf } from './rig/audit-log.ts';
import { eventCounts } from './rig/effects.ts';
import { namespace, operatorName } from './rig/operator-cluster.ts';
import type { OperatorProcess } from './rig/operator-process.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const name = 'tape';
const whole = await startWholeOperator({ audit: true });
const lines: string[] = [];

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

function writesSince(sinceMs: number): readonly AuditedCall[] {
  return writesOf(callsOf(operator().place.cluster.apiServer.auditFile, `${namespace}:${operatorName}`, sinceMs));
}

/** Scales the stream, and waits until its Deployment has so many; the ms that it took. */
async function scaled(replicas: number, withinMs = 60_000): Promise<number> {
  const { market, place } = operator();
  await market.change(tickStreamType, name, { spec: { workers: { replicas } } });
  const key = { namespace, name: `${name}-worker` };
  const isDone = async (): Promise<boolean> => {
    const spec = (await place.api.get(kubeTypes.deployment, key))?.['spec'] as
      | { readonly replicas?: number }
      | undefined;
    return spec?.replicas === replicas;
  };
  return until(`there are ${replicas} workers`, isDone, { withinMs });
}

async function term(): Promise<number> {
  const lease = await operator().place.api.get(kubeTypes.lease, { namespace, name: operatorName });
  return lease === undefined ? 0 : leaseRecordOf(lease).transitions;
}

describe.skipIf(whole.unavailable !== undefined)(
  `two operators (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    beforeAll(async () => operator().market.made(name));
    afterAll(async () => {
      process.stdout.write(`${lines.join('\n')}\n`);
      await operator().end();
    });
    standingStill();
    handingOver();
  },
);

function standingStill(): void {
  test('one that is stopped in the middle of its work is followed by the other, and goes on without a write', async () => {
    const { operator: first, another } = operator();
    const second = await another('operator-1');
    await until('the second one stands by', async () => (await second.probe('readyz')) === 200);
    expect([await first.isLeading(), await second.isLeading()]).toEqual([true, false]);
    const firstTerm = await term();
    // Edits come all the while, so that it is stopped in a round more likely than between two.
    const editing = edits();
    await pause(1_000);
    await first.child.kill('SIGSTOP');
    const stoppedMs = performance.now();
    await editing.end();
    const took = await scaled(6);
    lines.push(
      `stopped: the other did an edit ${Math.round(performance.now() - stoppedMs)} ms later (${took} ms after it)`,
    );
    expect(await second.isLeading()).toBe(true);
    expect(await term()).toBeGreaterThan(firstTerm);
    const goesOnMs = Date.now();
    await first.child.kill('SIGCONT');
    expect(await first.child.ended).toEqual({ code: 2, signal: null });
    await pause(1_000);
    await until('the other one renews', () => renewalsSince(goesOnMs).length > 0);
    const tokens = tokensOf(goesOnMs, second);
    const late = writesSince(goesOnMs).filter(({ token }) => token !== tokens.of);
    lines.push(`it went on and ended: ${late.length} writes of its token, ${tokens.count} of the other's`);
    // An event tells what it had done before; everything else was refused here, before it was sent.
    expect(late.filter(({ resource, status }) => resource !== 'events' && status < 400)).toEqual([]);
    // One for the topics of the log, one for `control`.
    expect((await eventCounts(operator().place.api)).get(`TopicsCreated ${name}`)).toBe(2);
  });
}

function handingOver(): void {
  test('one that is told to end lets go, and the other goes on at once', async () => {
    const { another, operator: first } = operator();
    const third = await another('operator-2');
    await until('the third one stands by', async () => (await third.probe('readyz')) === 200);
    await first.child.restart();
    await until('the first one stands by', async () => (await first.probe('readyz')) === 200);
    const took: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const leading = await leaders();
      const [leader] = leading;
      expect(leading).toHaveLength(1);
      const beganMs = performance.now();
      const ended = leader?.child.kill('SIGTERM');
      await until('another leads', async () => (await leaders()).some((each) => each !== leader));
      await scaled(round % 2 === 0 ? 2 : 1);
      took.push(Math.round(performance.now() - beganMs));
      await ended;
      expect(await leader?.child.ended).toEqual({ code: 0, signal: null });
      await leader?.child.restart();
      await until('it stands by again', async () => (await leader?.probe('readyz')) === 200);
    }
    lines.push(`told to end: from SIGTERM until another had done an edit, ms: ${took.join(', ')}`);
    expect(Math.max(...took)).toBeLessThan(10_000);
  });
}

async function leaders(): Promise<readonly OperatorProcess[]> {
  const leading = await Promise.all(operator().operators.map(async (each) => ((await each.isLeading()) ? [each] : [])));
  return leading.flat();
}

function edits(): { end(): Promise<void> } {
  let isOver = false;
  const editing = (async () => {
    for (let replicas = 1; !isOver; replicas = (replicas % 5) + 1) {
      await operator().market.change(tickStreamType, name, { spec: { workers: { replicas } } });
      await pause(30);
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await editing;
    },
  };
}

function renewalsSince(sinceMs: number): readonly AuditedCall[] {
  return writesSince(sinceMs).filter(({ resource, status }) => resource === 'leases' && status < 300);
}

/** The token by which a process renews its lease. */
function tokensOf(sinceMs: number, leader: OperatorProcess): { readonly of: string; readonly count: number } {
  const renewals = renewalsSince(sinceMs);
  const tokens = new Set(renewals.map(({ token }) => token));
  const [of = ''] = tokens;
  if (tokens.size !== 1 || of === '') throw new Error(`${leader.child.command.name}: renewed by ${[...tokens].join()}`);
  return { of, count: renewals.length };
}
