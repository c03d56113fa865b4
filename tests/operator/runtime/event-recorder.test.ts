/** Events: one for what happened, a count for what happened again, never too many, never in anyone's way. */
import { keyOf, type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { EventRecorder } from '../../../operator/src/runtime/event-recorder.ts';
import { FakeKubeApi } from '../../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';
import { seededRandom, thing } from './things.ts';

const created = {
  type: 'Normal',
  reason: 'TopicCreated',
  action: 'CreateTopic',
  note: 'Topic a has 3 partitions.',
} as const;

/** A recorder at work. */
class Recording {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly server = new FakeKubeApi(this.clock);
  readonly outcomes: string[] = [];
  readonly recorder: EventRecorder;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    this.recorder = new EventRecorder({
      api: this.server,
      controller: 'tapeline.dev/operator',
      instance: 'pod-1',
      clock: this.clock,
      random: seededRandom(1),
      logger: silentLogger,
      onOutcome: (outcome) => this.outcomes.push(outcome),
    });
    this.#running = this.recorder.run(this.#stop.signal);
  }

  async events(): Promise<readonly KubeObject[]> {
    await this.clock.advance(10);
    return (await this.server.list(kubeTypes.event)).items;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(5_000);
    await this.#running;
  }
}

function about(name: string): KubeObject {
  const object = thing(name);
  return { ...object, metadata: { ...object.metadata, uid: `uid-${name}`, resourceVersion: '5' } };
}

test('what happened is an event that names the object, the action and who says so', async () => {
  const recording = new Recording();
  recording.recorder.record(about('a'), created);
  const [event] = await recording.events();
  expect(event?.metadata.namespace).toBe('n');
  expect(event).toMatchObject({
    eventTime: '2023-11-14T22:13:20.000000Z',
    type: 'Normal',
    reason: 'TopicCreated',
    action: 'CreateTopic',
    note: 'Topic a has 3 partitions.',
    reportingController: 'tapeline.dev/operator',
    reportingInstance: 'pod-1',
    regarding: { kind: 'Thing', namespace: 'n', name: 'a', uid: 'uid-a' },
  });
  await recording.stop();
});

test('the same again within ten minutes is counted on its event, later or of another object it is a new one', async () => {
  const recording = new Recording();
  for (let time = 0; time < 3; time += 1) recording.recorder.record(about('a'), created);
  recording.recorder.record(about('b'), created);
  const events = await recording.events();
  expect(events).toHaveLength(2);
  expect(events.find(({ metadata }) => metadata.name.startsWith('a.'))?.['series']).toMatchObject({ count: 3 });
  await recording.clock.advance(11 * 60_000);
  recording.recorder.record(about('a'), created);
  expect(await recording.events()).toHaveLength(3);
  expect(recording.outcomes).toEqual(['written', 'counted', 'counted', 'written', 'written']);
  await recording.stop();
});

test('a series whose event is gone begins anew', async () => {
  const recording = new Recording();
  recording.recorder.record(about('a'), created);
  const [event] = await recording.events();
  if (event === undefined) throw new Error('there is no event');
  await recording.server.delete(kubeTypes.event, keyOf(event));
  recording.recorder.record(about('a'), created);
  expect(await recording.events()).toHaveLength(1);
  await recording.stop();
});

test('one object has 25 events at once and then one in five minutes; another one is not held back by it', async () => {
  const recording = new Recording();
  for (let time = 0; time < 40; time += 1) recording.recorder.record(about('a'), { ...created, note: `Note ${time}.` });
  recording.recorder.record(about('b'), created);
  expect(await recording.events()).toHaveLength(26);
  expect(recording.outcomes.filter((outcome) => outcome === 'dropped')).toHaveLength(15);
  await recording.clock.advance(5 * 60_000);
  recording.recorder.record(about('a'), { ...created, note: 'Later.' });
  expect(await recording.events()).toHaveLength(27);
  await recording.stop();
});

test('a full queue drops, and a server that refuses costs a count and nothing else', async () => {
  const recording = new Recording();
  recording.server.faults.freeze();
  for (let object = 0; object < 1_100; object += 1) recording.recorder.record(about(`o${object}`), created);
  await recording.clock.advance(10);
  expect(recording.recorder.waiting).toBeLessThanOrEqual(1_000);
  expect(recording.outcomes.filter((outcome) => outcome === 'dropped').length).toBeGreaterThanOrEqual(99);
  recording.server.faults.thaw();
  recording.server.faults.forbid('Event');
  await recording.clock.advance(1_000);
  expect(recording.recorder.waiting).toBe(0);
  expect(recording.outcomes.filter((outcome) => outcome === 'failed').length).toBeGreaterThanOrEqual(1_000);
  await recording.stop();
});

test('a stop writes what waits, and gives up what it cannot within its time', async () => {
  const recording = new Recording();
  recording.recorder.record(about('a'), created);
  await recording.stop();
  expect((await recording.server.list(kubeTypes.event)).items).toHaveLength(1);
  const silent = new Recording();
  silent.server.faults.freeze();
  for (let object = 0; object < 5; object += 1) silent.recorder.record(about(`o${object}`), created);
  await silent.stop();
  expect(silent.outcomes.filter((outcome) => outcome === 'written')).toHaveLength(0);
});
