/**
 * The 15 failure cases of research/operator.md D3, by their numbers. The protocol that ships has no seals and no compare-and-set: a
 * `Move` in the old partition stands where the seal stood, and the token in `control` where the compare-and-set did; each case says
 * what takes the place of what it names. At its end everybody alive goes on, and bars and tape are those of one partition.
 */
import type { ControlRecord } from '@tapeline/domain';
import { type CoordinatorPhase, type MovedCoordinator, MovedOwner, OwnerStrayedError } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Scene } from './scene.ts';

function expectWhole(scene: Scene, ...states: Parameters<ReturnType<Scene['events']>['has']>[0][]): void {
  expect(scene.faults()).toEqual([]);
  const events = scene.events();
  expect(states.filter((state) => !events.has(state))).toEqual([]);
}

test('1. an ingest is stopped across the switch and goes on: its requests land in the old partition and are sent on', () => {
  const scene = new Scene({ homes: { S: 0 } });
  scene.write('S', { count: 2 });
  scene.give('S', { count: 2 });
  const stopped = scene.writer(0).send(0);
  scene.move({ S: 1 });
  scene.follow(1);
  scene.write('S', { count: 3, writer: 1 });
  scene.work();
  // SIGCONT: what it had on the wire lands, and it writes on by its old map.
  if (stopped !== undefined) scene.stage.land(stopped);
  scene.write('S', { count: 2, writer: 0 });
  expectWhole(scene, 'strayForwarded', 'came', 'writerBehindMap');
  expect(scene.counted('S')).toBe(9);
});

const phases: readonly Exclude<CoordinatorPhase, 'follower'>[] = [
  'claiming',
  'idle',
  'preparing',
  'publishing',
  'moving',
];

/** Brings the coordinator of the story into a phase, as far as it gets by itself. */
function bringTo(scene: Scene, coordinator: MovedCoordinator, phase: CoordinatorPhase): void {
  const { stage } = scene;
  stage.lead(coordinator);
  if (phase === 'claiming') return;
  coordinator.claim();
  while (stage.readControl(coordinator));
  if (phase === 'idle') return;
  coordinator.want([{ ...scene.instrument('S'), to: 1 }], 0);
  if (phase === 'preparing') return;
  stage.publish(coordinator);
  if (phase === 'publishing') return;
  while (stage.readControl(coordinator));
}

test.each(phases)(
  '2. the operator is killed while it is %s; the next one ends its moves, and what the deposed one writes late is void',
  (phase) => {
    const scene = new Scene({ homes: { S: 0, T: 0 } });
    const { stage } = scene;
    scene.write('S', { count: 2 });
    scene.write('T', { count: 2 });
    const first = scene.coordinator;
    bringTo(scene, first, phase);
    expect(first.phase).toBe(phase);
    const second = stage.addCoordinator();
    scene.lead(second);
    if (second.phase === 'moving') scene.appendMoves(second);
    scene.publish({ T: 1 }, 0, second);
    scene.appendMoves(second);
    const { epoch, token } = { epoch: second.placement.epoch, token: second.token };
    // The deposed one wakes up: it appends what it believes it has to, before it reads that it is not the coordinator any more.
    first.claim();
    stage.appendOf(first);
    const late: ControlRecord = {
      kind: 'map',
      token: first.token,
      map: { ...first.placement.parts(), epoch: epoch + 1 },
    };
    stage.control.append(late);
    stage.truth.readAll();
    expect([stage.truth.view.token, stage.truth.view.placement.epoch]).toEqual([token, epoch]);
    while (stage.readControl(first));
    expect(first.phase).toBe('follower');
    scene.follow(0);
    scene.write('S', { count: 2 });
    scene.write('T', { count: 2 });
    expectWhole(scene);
    expect([scene.counted('S'), scene.counted('T')]).toEqual([4, 4]);
  },
);

test('3. a worker dies after it has read the Move: its successor hands over again, with equal bytes, and once counts', () => {
  const scene = new Scene({ homes: { S: 0 } });
  const { stage } = scene;
  scene.write('S', { count: 3 });
  const owner = scene.owner(0);
  scene.drain(owner);
  owner.takeSnapshot();
  stage.keepSnapshots(owner);
  scene.move({ S: 1 });
  // It has read the Move and put nothing out.
  owner.step(10);
  const second = stage.replaceOwner(owner, stage.usableSnapshots(0).at(-1));
  // It has sent the Handover, and nobody knows.
  while (second.step(1) || stage.storeOf(second));
  for (const to of second.targets())
    while (stage.send(second, to, 'unheard') && stage.states.has('emissionRepeated') === false);
  stage.replaceOwner(second, stage.usableSnapshots(0).at(-1));
  scene.follow(0);
  scene.write('S', { count: 2 });
  expectWhole(scene, 'ownerFromSnapshot', 'handoverOfTwoOwners', 'handoverRepeated', 'came');
  expect(scene.counted('S')).toBe(5);
});

test('4. the Move is in the log twice, also by a coordinator with another token: the second one is a repeat', () => {
  const scene = new Scene({ homes: { S: 0 } });
  const { stage } = scene;
  scene.write('S', { count: 2 });
  scene.publish({ S: 1 });
  stage.appendOf(scene.coordinator, true);
  stage.appendOf(scene.coordinator, true);
  const second = stage.addCoordinator();
  scene.lead(second);
  scene.appendMoves(second);
  scene.follow(0);
  scene.write('S', { count: 2 });
  expectWhole(scene, 'moveAppendedTwice', 'moveOfPredecessor', 'moveRepeated');
  expect(scene.stage.log.witness(0).fold.handovers.left).toBe(1);
});

test('5. the old partition is empty: an instrument moves before its first tick, and nobody asks where the log ends', () => {
  const scene = new Scene({ homes: { S: 0 } });
  scene.move({ S: 1 });
  scene.write('S', { count: 1 });
  scene.follow(0);
  scene.write('S', { count: 2 });
  expectWhole(scene, 'leftFresh', 'strayForwarded', 'came');
  expect(scene.counted('S')).toBe(3);
});

test('6. the new partition has no snapshot and no owner yet: its first one begins at the first record, not at the end', () => {
  const scene = new Scene({ homes: { S: 0 }, basePartitions: 1, partitions: 2 });
  const { stage } = scene;
  scene.write('S', { count: 2 });
  const none = scene.owner(1);
  stage.owners.splice(stage.owners.indexOf(none), 1);
  scene.move({ S: 1 }, 2);
  scene.follow(0);
  scene.write('S', { count: 3 });
  scene.drain(scene.owner(0));
  expect(scene.counted('S')).toBe(2);
  expect(stage.log.endOf(1)).toBeGreaterThan(0);
  stage.addOwner(1);
  expectWhole(scene, 'partitionAdded', 'movedToAddedPartition', 'came');
  expect(scene.counted('S')).toBe(5);
});

test('7. a send to a partition that the client does not know writes nothing: it fails, and the publisher sends again', () => {
  const scene = new Scene({ homes: { S: 0 } });
  const { stage } = scene;
  scene.write('S', { count: 2 });
  scene.move({ S: 1 });
  scene.follow(0);
  scene.follow(1);
  scene.give('S', { count: 2 });
  const request = scene.writer(0).send(1);
  expect(request?.to).toBe(1);
  // The log itself refuses a partition that is not there, aloud; a client that reports success without an offset is taken as failed.
  expect(() => stage.log.appendLanding(7, request?.entries ?? [])).toThrow('there is no partition 7');
  if (request !== undefined) scene.lose(request);
  scene.give('S', { count: 1, writer: 1 });
  scene.land(1);
  expectWhole(scene, 'requestLost');
  expect(scene.counted('S')).toBe(5);
});

test('8. a partition with two parents, and an instrument that moves twice before anything is drained', () => {
  const scene = new Scene({ homes: { S: 0, T: 1 }, basePartitions: 2, partitions: 3 });
  scene.write('S', { count: 2 });
  scene.write('T', { count: 2 });
  scene.move({ S: 2, T: 2 }, 3);
  scene.follow(0);
  scene.write('S', { count: 2 });
  scene.write('T', { count: 2 });
  scene.flow();
  scene.move({ S: 1 });
  scene.move({ S: 0 });
  scene.follow(1);
  scene.write('S', { count: 2, writer: 1 });
  scene.write('S', { count: 1, writer: 0 });
  expectWhole(scene, 'movedTogether', 'moveParked', 'moveChained', 'cameBack', 'movedTwice');
  expect([scene.counted('S'), scene.counted('T')]).toEqual([7, 4]);
});

test('9. the old partition takes no records while the move is under way: what is parked too long goes home and counts', () => {
  const scene = new Scene({ homes: { S: 0 } });
  scene.write('S', { count: 2 });
  scene.publish({ S: 1 });
  scene.follow(0);
  scene.write('S', { count: 2 });
  // The Move cannot be appended: its broker is short of replicas. Partition 1 waits 10 s of its log's time.
  scene.wait(12_000);
  scene.flow();
  expect(scene.counted('S')).toBe(4);
  scene.write('S', { count: 2 });
  scene.appendMoves();
  expectWhole(scene, 'parkedUnknown', 'sentHomeForAge', 'left', 'came');
  expect(scene.counted('S')).toBe(6);
});

test('10. retention takes the old records: strays are sent on by what the snapshot knows, and an owner too far behind stops', () => {
  const scene = new Scene({ homes: { S: 0, T: 0 }, retentionMs: 1_000 });
  const { stage } = scene;
  scene.write('S', { count: 2 });
  scene.move({ S: 1 });
  scene.work();
  for (const partition of [0, 1]) {
    stage.clock.advanceBy(5_000);
    const owner = scene.owner(partition);
    owner.takeSnapshot();
    stage.keepSnapshots(owner);
  }
  expect(stage.log.log.range(0).firstOffset).toBeGreaterThan(0);
  stage.replaceOwner(scene.owner(0), stage.usableSnapshots(0).at(-1));
  // Writer 1 has no map yet.
  scene.write('S', { count: 3, writer: 1 });
  const late = new MovedOwner({ partition: 0, config: stage.config, log: stage.log, store: stage.store });
  expect(() => late.step(1)).toThrow(OwnerStrayedError);
  expect(() => late.step(1)).toThrow('take a newer snapshot');
  expectWhole(scene, 'retentionPassed', 'strayForwarded');
  expect(scene.counted('S')).toBe(5);
});

test('11. workers go to none while entries are parked, and come back twice: nothing is lost and nothing counts twice', () => {
  const scene = new Scene({ homes: { S: 0 } });
  const { stage } = scene;
  scene.write('S', { count: 2 });
  scene.publish({ S: 1 });
  scene.follow(0);
  scene.write('S', { count: 3 });
  const first = scene.owner(1);
  scene.drain(first);
  first.takeSnapshot();
  stage.keepSnapshots(first);
  expect(stage.snapshots[1]?.at(-1)?.parked).toBe(true);
  stage.owners.length = 0;
  scene.appendMoves();
  scene.write('S', { count: 1 });
  stage.addOwner(0);
  stage.doubleOwner(0, undefined);
  stage.doubleOwner(1, stage.usableSnapshots(1).at(-1));
  stage.doubleOwner(1, undefined);
  expectWhole(scene, 'ownerFromParked', 'ownerTwice', 'came', 'handoverOfTwoOwners');
  expect(scene.counted('S')).toBe(6);
});

test('12. an instrument that is parked holds nobody else up in its partition', () => {
  const scene = new Scene({ homes: { S: 0, T: 1 } });
  scene.write('S', { count: 1 });
  scene.publish({ S: 1 });
  scene.follow(0);
  for (let round = 0; round < 20; round += 1) {
    scene.giveAll(['S', 'T'], { count: 2 });
    scene.land();
  }
  scene.work();
  expect([scene.counted('S'), scene.counted('T')]).toEqual([1, 40]);
  expect(scene.stage.log.witness(1).fold.parked.count).toBe(20);
  scene.appendMoves();
  expectWhole(scene, 'parkedUnknown');
  expect([scene.counted('S'), scene.counted('T')]).toEqual([41, 40]);
});

test('13. partitions are there that no map names, by a lost reply or by hand: homes stay, and the map is published again', () => {
  const scene = new Scene({ homes: { S: 0, T: 1 }, basePartitions: 2, partitions: 4 });
  const { stage } = scene;
  scene.write('S', { count: 2 });
  scene.write('T', { count: 2 });
  expect([scene.writer(0).placeOf(scene.instrument('S')), scene.writer(0).placeOf(scene.instrument('T'))]).toEqual([
    0, 1,
  ]);
  scene.publish({}, 3);
  // Its reply was lost: the next coordinator does not know, and says it again.
  const second = stage.addCoordinator();
  scene.lead(second);
  scene.publish({ S: 3 }, 4, second);
  scene.appendMoves(second);
  scene.follow(0);
  scene.write('S', { count: 2 });
  scene.write('T', { count: 2 });
  expect([2, 3].map((partition) => stage.log.endOf(partition) > 0)).toEqual([false, true]);
  expectWhole(scene, 'partitionAdded', 'movedToAddedPartition');
  expect([scene.counted('S'), scene.counted('T')]).toEqual([4, 4]);
});

test('14. the topic was deleted and made anew under its name: an owner does not go on from a snapshot of the old one', () => {
  const old = new Scene({ homes: { S: 0 } });
  old.write('S', { count: 3 });
  const owner = old.owner(0);
  old.drain(owner);
  owner.takeSnapshot();
  old.stage.keepSnapshots(owner);
  const [snapshot] = old.stage.usableSnapshots(0);
  const fresh = new Scene({ homes: { S: 0 } });
  // The worker compares the topic's identity (tests/worker); here is what stops an owner where nobody looked.
  expect(() => fresh.stage.addOwner(0, snapshot)).toThrow(OwnerStrayedError);
  expect(() => fresh.stage.addOwner(0, snapshot)).toThrow('are not in the log');
  fresh.write('S', { count: 2 });
  expectWhole(fresh);
  expect(fresh.counted('S')).toBe(2);
});

test('15. ten thousand instruments, of which a hundred move by one map', () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `N${at}x`);
  const homes = Object.fromEntries(names.map((name, at) => [name, at % 4]));
  const scene = new Scene({ homes, basePartitions: 4 });
  for (let at = 0; at < names.length; at += 500) scene.giveAll(names.slice(at, at + 500));
  scene.land();
  const moved = names.slice(0, 100);
  scene.publish(Object.fromEntries(moved.map((name, at) => [name, (at + 1) % 4])));
  expect(scene.coordinator.placement.moves).toHaveLength(100);
  scene.follow(1);
  scene.giveAll(moved, { writer: 1 });
  scene.land(1);
  scene.appendMoves();
  scene.giveAll(names.slice(0, 500), { writer: 0 });
  scene.land(0);
  expectWhole(scene, 'movedTogether', 'left', 'came', 'strayForwarded');
  const { witnesses } = scene.stage.log;
  expect(witnesses.reduce((sum, { fold }) => sum + fold.handovers.came, 0)).toBe(100);
  expect([scene.counted('N0x'), scene.counted('N400x'), scene.counted('N9999x')]).toEqual([3, 2, 1]);
});
