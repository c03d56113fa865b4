/**
 * An authority that signs certificates (RFC 5280, ECDSA on P-256). In: names, a purpose, a validity. Out: certificates and
 * keys as PEM. Its key is made anew with it and is in the repository of nobody.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, der, integer, moment, objectId, sequence } from './der.ts';

/** A certificate and its key (PKCS #8), both PEM. */
export type Certified = { readonly certificate: string; readonly key: string };

/** From when and until when certificates hold. */
export type Validity = { readonly notBefore: Date; readonly notAfter: Date };

/** Whom a certificate is for. */
export type CertificateRequest = {
  readonly commonName: string;
  /** What some servers take for the group of a user. */
  readonly organization?: string;
  readonly purpose: 'server' | 'client';
  /** DNS names and IPv4 addresses of a server. */
  readonly hosts?: readonly string[];
};

type Keys = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
type Names = Pick<CertificateRequest, 'commonName' | 'organization'>;

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const purposes = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** Signs for one run or one cluster. */
export class CertificateAuthority {
  /** Of the authority itself, PEM: what both sides trust. */
  readonly certificate: string;
  readonly #names: Names;
  readonly #keys: Keys;
  readonly #validity: Validity;

  constructor(commonName: string, validity: Validity) {
    this.#names = { commonName };
    this.#keys = newKeys();
    this.#validity = validity;
    this.certificate = this.#sign(this.#names, this.#keys, [constraint(true), keyUsage(0x06, 1)]);
  }

  /** The authority's own key (PKCS #8), PEM: for a server that signs in its name. */
  get key(): string {
    return pemOf(this.#keys);
  }

  /** A new key and a certificate for it. */
  issue(request: CertificateRequest): Certified {
    const keys = newKeys();
    const extensions = [constraint(false), keyUsage(0x80, 7), extendedUsage(purposes[request.purpose])];
    if (request.hosts !== undefined) extensions.push(alternativeNames(request.hosts));
    return { certificate: this.#sign(request, keys, extensions), key: pemOf(keys) };
  }

  #sign(subject: Names, keys: Keys, extensions: readonly Buffer[]): string {
    const { notBefore, notAfter } = this.#validity;
    const body = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(randomBytes(16)),
      ecdsaWithSha256,
      distinguishedName(this.#names),
      sequence(moment(notBefore), moment(notAfter)),
      distinguishedName(subject),
      keys.publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    const signature = bitString(sign('sha256', body, this.#keys.privateKey));
    const certificate = sequence(body, ecdsaWithSha256, signature);
    const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(keys: Keys): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function distinguishedName({ commonName, organization }: Names): Buffer {
  const group = organization === undefined ? [] : [attribute('2.5.4.10', organization)];
  return sequence(...group, attribute('2.5.4.3', commonName));
}

function attribute(id: string, text: string): Buffer {
  return der(0x31, sequence(objectId(id), der(0x0c, Buffer.from(text))));
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
