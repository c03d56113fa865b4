/** Certificates that others accept: OpenSSL, as Node has it, builds the chain and checks the name. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.ts';

/** What the client says of a server with these certificates, and the server of the client. */
async function shake(certificates: Certificates, trusted: string): Promise<string> {
  const { server: own, client, ca } = certificates;
  const options = { cert: own.certificate, key: own.key, ca, requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, ca: trusted, cert: client.certificate, key: client.key });
  try {
    await once(socket, 'secureConnect');
    socket.resume();
    await once(socket, 'end');
    return 'accepted';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
    server.close();
  }
}

test('server and client accept each other', async () => {
  const certificates = makeCertificates();
  expect(await shake(certificates, certificates.ca)).toBe('accepted');
});

test('a server of another authority is refused', async () => {
  expect(await shake(makeCertificates(), makeCertificates().ca)).toBe('SELF_SIGNED_CERT_IN_CHAIN');
});

test('a server under another address is refused', async () => {
  const certificates = makeCertificates({ hosts: ['localhost', '10.0.0.1'] });
  expect(await shake(certificates, certificates.ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('a certificate that has run out is refused', async () => {
  const notBefore = new Date('2020-01-01T00:00:00Z');
  const certificates = makeCertificates({ notBefore, notAfter: new Date('2020-01-02T00:00:00Z') });
  expect(await shake(certificates, certificates.ca)).toBe('CERT_HAS_EXPIRED');
});

test('names, dates and issuer stand in the certificate', () => {
  const notBefore = new Date('2049-12-31T00:00:00Z');
  const notAfter = new Date('2050-01-02T00:00:00Z');
  const { server, ca } = makeCertificates({ hosts: ['localhost', '127.0.1.3'], notBefore, notAfter });
  const certificate = new X509Certificate(server.certificate);
  expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.1.3');
  expect([certificate.validFromDate, certificate.validToDate]).toEqual([notBefore, notAfter]);
  expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
  expect(new X509Certificate(ca).ca).toBe(true);
});
