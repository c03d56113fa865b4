/**
 * Certificates for one run. In: names and a validity. Out: an authority, a server's and a client's certificate with their
 * keys, as PEM. They are made anew each time, so no key is ever kept in the repository.
 */
import { randomBytes } from 'node:crypto';
import { CertificateAuthority, type Certified } from './certificate-authority.ts';

export type { Certified } from './certificate-authority.ts';

/** What a run under TLS needs. */
export type Certificates = {
  /** The authority's certificate, PEM: what both sides trust. */
  readonly ca: string;
  readonly server: Certified;
  readonly client: Certified;
};

/** What may be chosen of them. */
export type CertificateConfig = {
  /** DNS names and IPv4 addresses of the server. Default: localhost and 127.0.0.1. */
  readonly hosts?: readonly string[];
  /** From when and until when all of them hold; default: from an hour ago, for a day. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
};

const hourMs = 3_600_000;

/** Makes an authority and lets it sign a server and a client. */
export function makeCertificates(config: CertificateConfig = {}): Certificates {
  const notBefore = config.notBefore ?? new Date(Date.now() - hourMs);
  const notAfter = config.notAfter ?? new Date(notBefore.getTime() + 25 * hourMs);
  const name = `tapeline testbed ${randomBytes(4).toString('hex')}`;
  const authority = new CertificateAuthority(name, { notBefore, notAfter });
  const hosts = config.hosts ?? ['localhost', '127.0.0.1'];
  return {
    ca: authority.certificate,
    server: authority.issue({ commonName: 'tapeline testbed server', purpose: 'server', hosts }),
    client: authority.issue({ commonName: 'tapeline testbed client', purpose: 'client' }),
  };
}
