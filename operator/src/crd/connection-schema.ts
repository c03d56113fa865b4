/**
 * How a kind names servers and what opens them. In: nothing. Out: schemas of addresses, TLS and logins that both kinds have in
 * common. A secret is only ever named, so that it stands in no object of ours.
 */
import { listOf, objectOf, type Schema, textOf } from './schema.ts';

/** `HOST:PORT`, a host of IPv6 in brackets. */
const hostPort = String.raw`^(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[1-9][0-9]{0,4}$`;

/** One to 64 addresses. */
export function addressesOf(description: string): Schema {
  return listOf(description, { type: 'string', maxLength: 300, pattern: hostPort }, 64, { minItems: 1 });
}

/** A key of a Secret in the object's namespace. */
export function secretKeyOf(description: string, key: string): Schema {
  return objectOf(
    description,
    {
      name: textOf('Name of the Secret, in the namespace of this object.', 253, { minLength: 1 }),
      key: textOf('Key in it.', 253, { minLength: 1, default: key }),
    },
    ['name'],
  );
}

/** TLS towards servers; that it is there switches TLS on. */
export function tlsOf(peers: string): Schema {
  return objectOf(`TLS with the ${peers}; an empty object trusts the authorities that Node knows.`, {
    caSecretRef: secretKeyOf(`PEM of who may sign the ${peers}' certificates.`, 'ca.crt'),
    clientSecretRef: objectOf(
      'A Secret of type kubernetes.io/tls with our own certificate and key, where the other side asks for one.',
      { name: textOf('Name of the Secret, in the namespace of this object.', 253, { minLength: 1 }) },
      ['name'],
    ),
  });
}

/** A name, and where its password is. */
export const loginFields: Readonly<Record<string, Schema>> = {
  username: textOf('Name to log in with.', 255, { minLength: 1 }),
  passwordSecretRef: secretKeyOf('Its password.', 'password'),
};

/** Whether what is outside goes with the object. */
export function deletionPolicyOf(what: string): Schema {
  return {
    type: 'string',
    description: `What becomes of ${what} when this object is deleted. Delete cannot be undone.`,
    enum: ['Retain', 'Delete'],
    default: 'Retain',
  };
}

/** What a condition is, as everywhere in Kubernetes. */
export function conditionsOf(types: readonly string[]): Schema {
  const condition = objectOf(
    'One of them.',
    {
      type: textOf('What it is about.', 64, { enum: types }),
      status: { type: 'string', description: 'Whether it is so.', enum: ['True', 'False', 'Unknown'] },
      reason: textOf('Why, in one word.', 64, { pattern: '^[A-Z][A-Za-z0-9]*$' }),
      message: textOf('Why, for a person, with what to do.', 1_024),
      observedGeneration: countOf64('The generation of the object that it is about.'),
      lastTransitionTime: { type: 'string', format: 'date-time', description: 'Since when the status is so.' },
    },
    ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  );
  return {
    type: 'array',
    description: 'How it is; docs/operator.md has every reason with its remedy.',
    items: condition,
    maxItems: 16,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  };
}

/** A number that only the operator writes. */
export function countOf64(description: string): Schema {
  return { type: 'integer', format: 'int64', description, minimum: 0 };
}
