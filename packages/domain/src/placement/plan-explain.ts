/**
 * A plan in words, as a dry run shows it to a person. In: the moves and stays of a plan. Out: a line for each: who, from where
 * to where, why, and the numbers behind it. Numbers are whole ticks a second.
 */
import type { PlannedMove, Stay, MoveReason, StayReason } from './plan-types.ts';
import type { UnfitReason } from './unfit-reason.ts';

const moveTexts: Readonly<Record<MoveReason, string>> = {
  pinned: 'the policy pins it there',
  hot: 'it is hot and gets a partition of its own',
  surplus: 'more instruments have a partition of their own than the policy allows, and it is the least hot',
  cooled: 'it is not hot any more and gives its partition back',
  unpinned: 'its pin was taken out, so it goes back to where it was first',
  spread: 'to even out what partitions carry',
};

const stayTexts: Readonly<Record<StayReason, string>> = {
  unseen: 'nobody has seen it yet; its pin decides where it begins',
  'no-such-partition': 'there is no such partition yet; add partitions',
  pending: 'its last move is not in the log yet',
  cooldown: 'it was moved not long ago',
  'source-unfit': 'its partition lags, is silent or has another configuration',
  'source-behind': 'its partition is more than 5 s behind and gives nothing but what is pinned until it has caught up',
  'target-unfit':
    'no partition that it could go to is fit to take it; they lag, are silent or have another configuration',
  alone: 'it is alone in its partition anyway',
  'dedicated-at-most': 'as many instruments as dedicatedMax allows have a partition of their own',
  'no-free-partition': 'no added partition is empty; add partitions',
  'no-room': 'where it was first there is no room',
  'overrides-at-most': 'as many instruments as overridesMax allows have been moved once',
  'moves-at-most': 'as many moves as movesMax allows are under way',
};

const unfitTexts: Readonly<Record<UnfitReason, string>> = {
  lagging: 'a quarter of retention behind: nothing goes to it or from it',
  silent: 'silent: nothing goes to it or from it',
  'other-form': 'of another configuration or version than most: nothing goes to it or from it',
  behind: 'more than 5 s behind: it gives nothing but what is pinned until it has caught up',
};
/** So many partitions are named with a reason. */
const namedMax = 8;

/** Which partitions do not give or take, and why: a sentence for each reason; empty for none. */
export function explainUnfit(unfit: ReadonlyMap<number, UnfitReason>): string {
  const partitions = new Map<UnfitReason, number[]>();
  for (const [partition, reason] of unfit) partitions.set(reason, [...(partitions.get(reason) ?? []), partition]);
  return [...partitions]
    .map(([reason, all]) => {
      const more = all.length > namedMax ? ` and ${all.length - namedMax} more` : '';
      return `partition ${all.slice(0, namedMax).join(', ')}${more} is ${unfitTexts[reason]}`;
    })
    .join('; ');
}

/** A line about a move. */
export function explainMove(move: PlannedMove): string {
  const { dataset, symbol, reason, from, to, ticksPerSec, fromLoad, toLoad } = move;
  const loads = `${from.partition} from ${whole(fromLoad.before)} to ${whole(fromLoad.after)}, ${to} from ${whole(toLoad.before)} to ${whole(toLoad.after)}`;
  return `${dataset} ${symbol}: ${from.partition} to ${to}, ${reason}: ${moveTexts[reason]} (${whole(ticksPerSec)} ticks/s; ${loads})`;
}

/** A line about an instrument that stays. */
export function explainStay({ dataset, symbol, wanted, stays, partition, to, ticksPerSec, waitMs }: Stay): string {
  const where = partition === undefined ? 'nowhere yet' : `stays in ${partition}`;
  const wish = to === undefined ? wanted : `${wanted} to ${to}`;
  const wait = waitMs > 0 ? `, ${Math.ceil(waitMs / 1_000)} s of log time are left` : '';
  return `${dataset} ${symbol}: ${where} (${wish}): ${stayTexts[stays]}${wait} (${whole(ticksPerSec)} ticks/s)`;
}

function whole(ticksPerSec: number): string {
  return String(Math.round(ticksPerSec));
}
