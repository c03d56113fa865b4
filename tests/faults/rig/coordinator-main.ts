/**
 * A coordinator of moves as a process of its own: `node … coordinator-main.ts [options]`. In: where the servers and the stream are, the
 * policy as JSON in COORDINATOR_POLICY; by HTTP `POST /pins` with all pins and `POST /grow?count=N`. Out: `GET /status` and metrics. On
 * servers the operator leads; here nobody does but this process, so that a test may kill it, hold it and start two of them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isBackendProblem, type OnBackend, retentionMsOf, runOnBackend } from '@tapeline/backend';
import { encodePolicy, LeadControl, type LeadStatus } from '@tapeline/control';
import { type InstrumentPin, LogError, placementPolicyDefaults, type PlacementPolicy } from '@tapeline/domain';
import { NotListeningError, type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { workerProcessOptions } from '../../../services/worker/src/process-options.ts';
import { type CoordinatorStatus, policyVariable } from './coordinator-wire.ts';

type Values = OptionValues<typeof workerProcessOptions>;

const bodyBytesMax = 1_048_576;

await runProcess({
  name: 'coordinator',
  about: 'Coordinates the moves of a stream, for tests.',
  table: workerProcessOptions,
  run: (values, parts) =>
    runOnBackend({ values, probes: values, aloneLimit: 'it moves nothing', work: (on) => serve(on, values), ...parts }),
  isExpected: (error) => error instanceof NotListeningError || isBackendProblem(error),
});

async function serve(on: OnBackend, values: Values): Promise<void> {
  const { backend, clock, random, logger, metrics, health, stop } = on;
  const { control, log, partitions, store } = backend;
  const given = JSON.parse(process.env[policyVariable] ?? '{}') as Partial<PlacementPolicy>;
  const policy: PlacementPolicy = { ...placementPolicyDefaults, ...given };
  let lose: (error: unknown) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  const reasons = new Map<string, string>();
  const made = new Set<string>();
  const parts = { control, ticks: log, partitions, store, clock, random, logger, metrics };
  const lead: LeadControl = new LeadControl(
    {
      ...parts,
      retentionMs: retentionMsOf(values),
      takeToken: (highestRead) => highestRead + 1,
      listener: {
        tell: ({ kind, instrument }) => {
          const reason = instrument === undefined ? undefined : reasons.get(instrument.symbol);
          if (kind === 'Arrived' && reason !== undefined) made.add(`${instrument?.symbol ?? ''} ${reason}`);
        },
        changed: () => {
          const { plan, wanted = [] } = lead.status()?.planned ?? {};
          for (const { symbol, reason } of plan?.moves ?? []) {
            if (wanted.some((move) => move.symbol === symbol)) reasons.set(symbol, reason);
          }
        },
        // Pins are kept in `control`, so the next coordinator has them too.
        pinsKept: (pins) => lead.steer({ mode: 'auto', policy: { ...policy, pins } }),
        lost: (error) => lose(error),
      },
    },
    { mode: 'auto', policy },
  );
  const http = createServer((request, response) => {
    void answer(request, response, { lead, control, made }).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  health.set('coordinator', 'ready', 'coordinates');
  logger.info('coordinates moves', { controlPort: (http.address() as AddressInfo).port });
  try {
    await Promise.race([lost, untilStopped(stop)]);
  } finally {
    http.close();
    await lead.stop();
  }
}

type Led = {
  readonly lead: LeadControl;
  readonly control: OnBackend['backend']['control'];
  readonly made: ReadonlySet<string>;
};

async function answer(request: IncomingMessage, response: ServerResponse, { lead, control, made }: Led): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/status') {
    const status = lead.status();
    response.end(JSON.stringify(status === undefined ? {} : { ...statusOf(status), made: [...made] }));
  } else if (url.pathname === '/grow') {
    response.end(JSON.stringify(await lead.grow(Number(url.searchParams.get('count')))));
  } else if (url.pathname === '/pins') {
    const { key, bytes } = encodePolicy(JSON.parse(await bodyOf(request)) as InstrumentPin[]);
    await append(() => control.append(key, bytes));
    response.end('{}');
  } else response.writeHead(404).end();
}

/** Pins are a wish: that of an append without an answer is made again. */
async function append(once: () => Promise<unknown>): Promise<void> {
  for (let left = 10; ; left -= 1) {
    try {
      await once();
      return;
    } catch (error) {
      if (!(error instanceof LogError) || left === 0) throw error;
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) {
    text += String(piece);
    if (text.length > bodyBytesMax) throw new RangeError(`a body of pins has more than ${bodyBytesMax} characters`);
  }
  return text;
}

function statusOf(status: LeadStatus): Omit<CoordinatorStatus, 'made'> {
  const { state, token, placement, partitions, moves, ended, planned } = status;
  const stays = planned?.plan?.stays ?? [];
  return {
    state,
    token: token ?? 0,
    epoch: placement.epoch,
    partitions,
    listed: placement.moves.length,
    moves: moves.map(({ symbol, from, to, epoch, phase }) => ({ symbol, from, to, epoch, phase })),
    alone: stays.filter(({ stays: why }) => why === 'alone').map(({ symbol }) => symbol),
    ended: ended.map(({ symbol, from, to, epoch, phase }) => ({ symbol, from, to, epoch, phase })),
  };
}
