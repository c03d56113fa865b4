/** The server of a process: it serves what the process has, and an address that is taken is one sentence for a person. */
import { createHealth, createMetrics, NotListeningError, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { echo, jsonErrors, probe } from '../test-kit/probe-service.ts';
import { clientLimits, connectGrpc, type GrpcServer, grpcService, processLimits, serveGrpc } from './index.ts';

function served(port: number, limits = clientLimits): Promise<GrpcServer> {
  return serveGrpc({
    at: { 'grpc-host': '127.0.0.1', 'grpc-port': port },
    on: { logger: silentLogger, metrics: createMetrics({ ofProcess: false }), health: createHealth() },
    services: [grpcService(probe, echo)],
    descriptorSet: new Uint8Array(),
    errorCodec: jsonErrors,
    limits,
  });
}

test('it answers calls, and a second one at its address is refused by the names of the options', async () => {
  const server = await served(0);
  const channel = connectGrpc({ address: `127.0.0.1:${server.port}`, errorCodec: jsonErrors });
  try {
    expect(await channel.unary(probe.methods.ask, probe.fullName, { text: 'hello' })).toEqual({ text: 'hello' });
    const second = served(server.port, processLimits);
    await expect(second).rejects.toThrow(NotListeningError);
    await expect(second).rejects.toThrow(`--grpc-port ${server.port} is in use`);
  } finally {
    channel.close();
    await server.close(0);
  }
});
