/**
 * Pods in a cluster without nodes. In: how pods of a role shall be. Out: their status, written through the API as scheduler and
 * kubelet would; what follows from it, such as the Deployments' own, is Kubernetes'. Nothing here runs.
 */
import { hasCode, isTransient, type KubeApi, KubeError, keyOf, type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { systemClock } from '@tapeline/runtime';

/** How a pod is. */
export type PodMood = 'ready' | 'pending' | 'crashing' | 'homeless';

const lookEveryMs = 150;
const image = 'localhost/tapeline:test';

/** Writes the status of pods until it ends. */
export class PodsByHand {
  /** By the pod's role, `worker` or `feed`; ready if it is not named. */
  readonly moods: Map<string, PodMood> = new Map();
  readonly #api: KubeApi;
  readonly #namespace: string;
  readonly #over = new AbortController();
  readonly #running: Promise<void>;
  readonly #told = new Map<string, PodMood>();

  constructor(api: KubeApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
    this.#running = this.#run();
  }

  /** Leaves pods as they are. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        await this.#look(signal);
      } catch (error) {
        const isOver = signal.aborted && error instanceof KubeError;
        if (!isOver && !isTransient(error)) throw error;
      }
      await systemClock.sleep(lookEveryMs, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { items } = await this.#api.list(kubeTypes.pod, { namespace: this.#namespace, signal, deadlineMs: 2_000 });
    for (const pod of items) {
      const { uid = '', labels = {} } = pod.metadata;
      const mood = this.moods.get(labels['tapeline.dev/role'] ?? '') ?? 'ready';
      if ((this.#told.get(uid) ?? 'pending') === mood) continue;
      try {
        await this.#api.patch(
          kubeTypes.pod,
          keyOf(pod),
          { status: statusOf(pod, mood) },
          { subresource: 'status', signal },
        );
        this.#told.set(uid, mood);
      } catch (error) {
        // It went meanwhile, or its own controller was faster.
        if (!hasCode(error, 'NOT_FOUND', 'CONFLICT')) throw error;
      }
    }
  }
}

function statusOf(pod: KubeObject, mood: PodMood): Readonly<Record<string, unknown>> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const { containers = [] } = pod['spec'] as { readonly containers?: readonly { readonly name: string }[] };
  const isReady = mood === 'ready';
  const condition = (type: string, is: boolean, more: object = {}): object => ({
    type,
    status: is ? 'True' : 'False',
    lastTransitionTime: now,
    ...more,
  });
  const noNode = { reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient memory.' };
  return {
    phase: isReady || mood === 'crashing' ? 'Running' : 'Pending',
    conditions: [
      condition('PodScheduled', mood !== 'homeless', mood === 'homeless' ? noNode : {}),
      condition('Ready', isReady),
      condition('ContainersReady', isReady),
    ],
    containerStatuses: containers.map(({ name }) => ({
      name,
      ready: isReady,
      restartCount: mood === 'crashing' ? 3 : 0,
      image,
      imageID: image,
      ...stateOf(mood, now),
    })),
  };
}

function stateOf(mood: PodMood, now: string): Readonly<Record<string, unknown>> {
  if (mood === 'ready') return { state: { running: { startedAt: now } }, lastState: {} };
  if (mood !== 'crashing') return { state: { waiting: { reason: 'ContainerCreating' } }, lastState: {} };
  return {
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
    lastState: {
      terminated: {
        exitCode: 2,
        reason: 'Error',
        message: 'worker: no broker answers',
        startedAt: now,
        finishedAt: now,
      },
    },
  };
}
