/**
 * Stories in which what is parked may not stay (A4): for want of room, which a refused tick with a reason of 8 MiB takes, or for its
 * age. In: nothing. Out: the state that each reaches, and the story, told when it is called.
 */
import { parkedBytesMax } from '@tapeline/domain';
import type { MovedState } from '@tapeline/simulation';
import { Scene } from './scene.ts';

/** A Void with it is parked alone: so few bytes are left that no tick has room. */
const longReason = 'R'.repeat(parkedBytesMax - 600);

/** The stories by the state that they reach. */
export const overdueScenes: readonly (readonly [MovedState, () => Scene])[] = [
  [
    'sentHomeForRoom',
    () => {
      const scene = new Scene({ homes: { S: 0 } });
      scene.write('S', { count: 3 });
      scene.publish({ S: 1 });
      scene.follow(0);
      scene.refuse('S', longReason);
      scene.land();
      // Partition 1 knows nothing of S yet.
      scene.write('S', { count: 2 });
      scene.appendMoves();
      return scene;
    },
  ],
  [
    'sentOnForRoom',
    () => {
      const scene = new Scene({ homes: { S: 0 } });
      scene.write('S', { count: 3 });
      scene.move({ S: 1 });
      scene.flow();
      scene.publish({ S: 0 });
      scene.follow(0);
      scene.refuse('S', longReason);
      scene.land();
      // Partition 0 gave S away and does not have it back.
      scene.write('S', { count: 2 });
      scene.appendMoves();
      return scene;
    },
  ],
  [
    'sentOnForAge',
    () => {
      const scene = new Scene({ homes: { S: 0 } });
      scene.write('S', { count: 3 });
      scene.move({ S: 1 });
      scene.work();
      scene.publish({ S: 0 });
      scene.follow(0);
      scene.write('S', { count: 2 });
      // Its Move takes longer than partition 0 waits.
      scene.wait(12_000);
      scene.work();
      scene.appendMoves();
      return scene;
    },
  ],
];
