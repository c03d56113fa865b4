/** Growing a stream on a made-up cluster: replies that are lost, others at the same time, brokers that are behind, refusals. */
import { topicNames } from '@tapeline/domain';
import { systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { adminApis } from './admin-requests.ts';
import { ByteReader } from './byte-reader.ts';
import { code } from './error-codes.ts';
import { growStream } from './grow-topics.ts';
import { LinkError } from './link-error.ts';
import type { Api, ClusterFacts } from './wire-requests.ts';
import { ByteWriter } from './byte-writer.ts';

type Fate = 'take' | 'lose-reply' | 'lose-request' | { readonly code: number };

class MadeUpCluster {
  readonly topics: Map<string, number> = new Map(topicNames.map((topic) => [`s.${topic}`, 2]));
  /** Fates of the next requests; then all are taken. */
  readonly fates: Fate[] = [];
  /** Looks at broker 2 that see as many partitions as before. */
  staleLooks = 0;
  asked = 0;
  /** What happens right before a request arrives. */
  meanwhile: () => void = () => undefined;

  async metadata(names: readonly string[]): Promise<ClusterFacts> {
    return this.#facts(names, (name) => this.topics.get(name));
  }

  async askNode<Answer>(node: number): Promise<Answer> {
    const isStale = node === 2 && this.staleLooks > 0;
    if (isStale) this.staleLooks -= 1;
    // Asked for metadata alone, by the type that the caller reads it as.
    return this.#facts([...this.topics.keys()], (name) => (isStale ? 2 : this.topics.get(name))) as Answer;
  }

  async ask<Answer>(api: Api, body: Buffer, read: (reply: Buffer) => Answer): Promise<Answer> {
    if (api !== adminApis.createPartitions) throw new TypeError(`${api.name} was not expected`);
    const reader = new ByteReader(body);
    reader.uvarint();
    const [name, count] = [reader.text() ?? '', reader.int32()];
    this.asked += 1;
    this.meanwhile();
    const fate = this.fates.shift() ?? 'take';
    if (fate === 'lose-request') throw new LinkError('the request was lost', true);
    const has = this.topics.get(name) ?? 0;
    const taken = has >= count ? code.invalidPartitions : code.none;
    const answered = typeof fate === 'object' ? fate.code : taken;
    if (answered === code.none) this.topics.set(name, count);
    if (fate === 'lose-reply') throw new LinkError('the reply was lost', true);
    const writer = new ByteWriter().uvarint(0).int32(0).count(1).text(name).int16(answered).text(null).noTags();
    return read(Buffer.from(writer.noTags().written));
  }

  #facts(names: readonly string[], countOf: (name: string) => number | undefined): ClusterFacts {
    const topics = names.map((name) => {
      const count = countOf(name);
      const partitions = Array.from({ length: count ?? 0 }, (_, partition) => ({
        partition,
        leader: 1,
        leaderEpoch: 0,
      }));
      return { name, id: 'id', code: count === undefined ? code.unknownTopicOrPartition : code.none, partitions };
    });
    return { nodes: [1, 2].map((node) => ({ node, host: 'made-up', port: node })), topics };
  }
}

/** Waits cost nothing. */
function hasty(): { clock: typeof systemClock; pauses: number[] } {
  let passedMs = 0;
  const pauses: number[] = [];
  const clock = {
    ...systemClock,
    monotonicMs: () => passedMs,
    sleep: async (ms: number) => {
      pauses.push(ms);
      passedMs += ms;
    },
  };
  return { clock, pauses };
}

test('every topic gets what it lacks, and what has more stays', async () => {
  const cluster = new MadeUpCluster();
  cluster.topics.set('s.bars', 9);
  expect(await growStream(cluster, hasty().clock, 's', 5)).toBe(5);
  expect([...cluster.topics.values()]).toEqual([5, 9, 5, 5]);
  expect(cluster.asked).toBe(3);
  expect(await growStream(cluster, hasty().clock, 's', 4)).toBe(5);
  expect(cluster.asked).toBe(3);
});

test.each(['lose-reply', 'lose-request'] as const)('%s: it is looked at and gone on with', async (fate) => {
  const cluster = new MadeUpCluster();
  cluster.fates.push('take', fate);
  expect(await growStream(cluster, hasty().clock, 's', 5)).toBe(5);
  expect([...cluster.topics.values()]).toEqual([5, 5, 5, 5]);
  expect(cluster.asked).toBe(fate === 'lose-reply' ? 4 : 5);
});

test('another who grows it at the same time, even to more, is no problem', async () => {
  const cluster = new MadeUpCluster();
  cluster.meanwhile = () => {
    for (const name of cluster.topics.keys()) cluster.topics.set(name, 8);
  };
  expect(await growStream(cluster, hasty().clock, 's', 5)).toBe(8);
});

test('brokers that are behind are waited for, and one that stays behind does not hold it up for ever', async () => {
  const cluster = new MadeUpCluster();
  cluster.staleLooks = 3;
  const { clock, pauses } = hasty();
  expect(await growStream(cluster, clock, 's', 5)).toBe(5);
  expect(pauses).toHaveLength(3);
  cluster.staleLooks = Infinity;
  expect(await growStream(cluster, hasty().clock, 's', 6)).toBe(6);
});

test('a refusal is told with the topic, a controller that is away is asked again for a minute', async () => {
  const cluster = new MadeUpCluster();
  cluster.fates.push({ code: code.topicAuthorizationFailed });
  await expect(growStream(cluster, hasty().clock, 's', 5)).rejects.toMatchObject({
    code: 'KAFKA_NOT_AUTHORISED',
    message: expect.stringMatching(/may not add partitions to topic s\.ticks; grant it Describe and Alter/) as string,
  });
  cluster.fates.push({ code: code.notController }, { code: code.notController });
  expect(await growStream(cluster, hasty().clock, 's', 5)).toBe(5);
  cluster.topics.delete('s.tape');
  await expect(growStream(cluster, hasty().clock, 's', 6)).rejects.toMatchObject({ code: 'KAFKA_TOPICS' });
  expect(cluster.topics.get('s.ticks')).toBe(5);
});
