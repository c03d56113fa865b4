/**
 * An operator's process. In: the API, informers, controllers, a lease. Out: caches that are always warm, and controllers that work
 * while this process leads. At `stop`: no new key, what is under way gets `graceMs`, then is told to end; the lease is let go; all of
 * it within 30 s. When the lease is lost work stops first, and then this returns `lost`, for the process to end.
 */
import { isTransient } from '@tapeline/kubernetes';
import type { Clock, Health, Logger } from '@tapeline/runtime';
import type { Controller } from './controller.ts';
import type { ControllerMetrics } from './controller-metrics.ts';
import type { EventRecorder } from './event-recorder.ts';
import { type Informer, untilSynced } from './informer.ts';
import type { LeaderElection, Term } from './leader-election.ts';
import { judgeWork } from './work-liveness.ts';

/** A controller and its metrics. */
export type ControllerEntry = { readonly controller: Controller; readonly metrics?: ControllerMetrics };

/** The parts. */
export type RunControllersConfig = {
  readonly informers: readonly Informer[];
  readonly controllers: readonly ControllerEntry[];
  readonly election: LeaderElection;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ready to take over: caches synced. For /readyz. */
  readonly readiness: Health;
  /** Works or stands by in order. For /livez. */
  readonly liveness: Health;
  /** How long a reconcile under way may go on after `stop`, ms; 15,000 if absent. */
  readonly graceMs?: number;
  /** How long one that was told to end may take, ms; 3,000 if absent. Then it is left behind. */
  readonly abandonMs?: number;
  /** What works beside the controllers in a term; closed once they have ended, before the lease is let go. */
  readonly beside?: { close(): Promise<void> };
};

const graceMsDefault = 15_000;
const abandonMsDefault = 3_000;
const judgeEveryMs = 1_000;

/** Runs until `stop` or until the lease is lost. Rejects only for a defect. */
export async function runControllers(config: RunControllersConfig, stop: AbortSignal): Promise<'stopped' | 'lost'> {
  const { informers, election, events, readiness, logger } = config;
  const over = new AbortController();
  const end = (): void => over.abort();
  tellWaiting(config);
  const running = [
    ...informers.map((informer) => informer.run(over.signal)),
    events.run(over.signal),
    judgeUntil(config, over.signal),
  ];
  // A part that rejects is a defect, and nothing may go on half.
  const defect = Promise.all(running).then(() => undefined);
  defect.catch(end);
  const work = async (): Promise<'stopped' | 'lost'> => {
    if (!(await untilSynced(informers, eitherOf(stop, over.signal)))) return 'stopped';
    readiness.set('caches', 'ready', 'synced');
    const outcome = await election.lead(eitherOf(stop, over.signal), (term) =>
      workFor(term, config, stop, over.signal),
    );
    return outcome === 'lost' ? 'lost' : 'stopped';
  };
  try {
    const outcome = await work();
    logger.info('the controllers have ended', { outcome });
    return outcome;
  } finally {
    readiness.set('caches', 'failed', 'the process ends');
    end();
    await defect;
  }
}

async function workFor(
  term: Term,
  { controllers, clock, logger, graceMs, abandonMs, beside }: RunControllersConfig,
  stop: AbortSignal,
  defect: AbortSignal,
): Promise<'done' | 'left-behind'> {
  const intake = eitherOf(stop, term.ended, defect);
  const abandon = new AbortController();
  const all = Promise.all(controllers.map(({ controller }) => controller.run(term, intake, abandon.signal)));
  const done = new AbortController();
  const ended = all.then(() => beside?.close()).finally(() => done.abort());
  const limit = (async (): Promise<void> => {
    await firing(intake, done.signal);
    if (!term.ended.aborted) await clock.sleep(graceMs ?? graceMsDefault, eitherOf(done.signal, term.ended));
    abandon.abort();
    await clock.sleep(abandonMs ?? abandonMsDefault, done.signal);
    if (!done.signal.aborted) logger.error('a reconcile did not end when it was told to, and is left behind');
  })();
  await Promise.race([ended, limit]);
  return done.signal.aborted ? 'done' : 'left-behind';
}

async function judgeUntil(config: RunControllersConfig, over: AbortSignal): Promise<void> {
  const { controllers, clock, liveness, election } = config;
  const judged = { health: liveness, controllers: controllers.map(({ controller }) => controller), clock };
  while (!over.aborted) {
    judgeWork(judged, election.isLeading());
    tellWaiting(config);
    for (const { controller, metrics } of controllers) {
      const { queue } = controller;
      metrics?.working(queue.working, queue.longestWorkMs(), queue.unfinishedWorkMs());
    }
    await clock.sleep(judgeEveryMs, over);
  }
}

/** Until all are synced: which first list is waited for and, once it failed, why. */
function tellWaiting({ informers, readiness }: RunControllersConfig): void {
  const waiting = informers.filter(({ synced }) => !synced.aborted);
  const [{ type, listProblem } = {}] = [waiting.find((informer) => informer.listProblem !== undefined) ?? waiting[0]];
  if (type === undefined) return;
  if (listProblem === undefined) readiness.set('caches', 'starting', `the first list of ${type.plural} is on its way`);
  else readiness.set('caches', isTransient(listProblem) ? 'starting' : 'failed', listProblem.message);
}

/** Fires when one of them does. Made once per term, so its listeners do not add up. */
function eitherOf(...signals: readonly AbortSignal[]): AbortSignal {
  return AbortSignal.any([...signals]);
}

/** Resolves when one of them has fired. */
async function firing(...signals: readonly AbortSignal[]): Promise<void> {
  const either = eitherOf(...signals);
  if (either.aborted) return;
  await new Promise<void>((resolve) => {
    either.addEventListener('abort', () => resolve(), { once: true });
  });
}
