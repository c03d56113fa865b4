/**
 * Certificates for one run (RFC 5280, ECDSA on P-256). In: names and a validity. Out: an authority, a server's and a
 * client's certificate with their keys, as PEM. They are made anew each time, so no key is ever kept in the repository.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, der, integer, moment, objectId, sequence } from './der.ts';

/** A certificate and its key (PKCS #8), both PEM. */
export type Certified = { readonly certificate: string; readonly key: string };

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

type Keys = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
type Issuer = { readonly name: string; readonly key: KeyObject };
type Subject = {
  readonly name: string;
  readonly keys: Keys;
  readonly extensions: readonly Buffer[];
  readonly notBefore: Date;
  readonly notAfter: Date;
};

const hourMs = 3_600_000;
const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** Makes an authority and lets it sign a server and a client. */
export function makeCertificates(config: CertificateConfig = {}): Certificates {
  const notBefore = config.notBefore ?? new Date(Date.now() - hourMs);
  const notAfter = config.notAfter ?? new Date(notBefore.getTime() + 25 * hourMs);
  const valid = { notBefore, notAfter };
  const authority = { name: `tapeline testbed ${randomBytes(4).toString('hex')}`, keys: newKeys() };
  const issuer = { name: authority.name, key: authority.keys.privateKey };
  const ca = issue(issuer, { ...authority, ...valid, extensions: [constraint(true), keyUsage(0x06, 1)] });
  const signed = (name: string, purpose: string, more: readonly Buffer[]): Certified => {
    const keys = newKeys();
    const extensions = [constraint(false), keyUsage(0x80, 7), extendedUsage(purpose), ...more];
    const certificate = issue(issuer, { name, keys, extensions, ...valid });
    return { certificate, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  };
  const hosts = config.hosts ?? ['localhost', '127.0.0.1'];
  return {
    ca,
    server: signed('tapeline testbed server', '1.3.6.1.5.5.7.3.1', [alternativeNames(hosts)]),
    client: signed('tapeline testbed client', '1.3.6.1.5.5.7.3.2', []),
  };
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function issue(issuer: Issuer, subject: Subject): string {
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ecdsaWithSha256,
    distinguishedName(issuer.name),
    sequence(moment(subject.notBefore), moment(subject.notAfter)),
    distinguishedName(subject.name),
    subject.keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...subject.extensions)),
  );
  const certificate = sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, issuer.key)));
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([255]))] : [];
  return sequence(objectId(id), ...critical, der(0x04, value));
}

function constraint(isAuthority: boolean): Buffer {
  return extension('2.5.29.19', true, sequence(...(isAuthority ? [der(0x01, Buffer.from([255]))] : [])));
}

/** `unused` counts the bits at the end that say nothing. */
function keyUsage(bits: number, unused: number): Buffer {
  return extension('2.5.29.15', true, der(0x03, Buffer.from([unused, bits])));
}

function extendedUsage(purpose: string): Buffer {
  return extension('2.5.29.37', false, sequence(objectId(purpose)));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  return extension('2.5.29.17', false, sequence(...names));
}
