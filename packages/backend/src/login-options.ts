/**
 * What can be set of how one gets into a server: TLS, and a name with its password. In: the server, what its processes are
 * called. Out: its options, alike for each. A password comes by the environment or a file, never by a flag.
 */
import { type Option, type OptionWithDefault, secretOption, switchOption, textOption } from '@tapeline/runtime';
import { pathCharsMax } from './embedded-options.ts';

/** Servers that one logs in to. */
export type Server = 'kafka' | 'cassandra';

/** Names and kinds of the options. */
export type LoginOptions<Name extends Server> = {
  readonly [Each in `${Name}-tls`]: OptionWithDefault<boolean>;
} & {
  readonly [Each in `${Name}-${'ca' | 'cert' | 'key' | 'username' | 'password' | 'password-file'}`]: Option<string>;
};

/** The options. `peers` are the server's processes, such as `brokers`. */
export function loginOptions<Name extends Server>(server: Name, peers: string): LoginOptions<Name> {
  const env = (name: string): string => `TAPELINE_${server.toUpperCase()}_${name}`;
  const file = (name: string, help: string): Option<string> =>
    textOption({ placeholder: 'FILE', env: env(name), charsMax: pathCharsMax, help });
  const authorities = `PEM file with who may sign the ${peers}' certificates. Default: those of Node.`;
  const options = {
    [`${server}-tls`]: switchOption({ env: env('TLS'), help: `Speaks TLS with the ${peers}.` }),
    [`${server}-ca`]: file('CA', authorities),
    [`${server}-cert`]: file('CERT', `PEM file with our own certificate; goes with --${server}-key.`),
    [`${server}-key`]: file('KEY', `PEM file with the key of --${server}-cert.`),
    [`${server}-username`]: textOption({ env: env('USERNAME'), charsMax: 255, help: 'Name to log in with.' }),
    [`${server}-password`]: secretOption({
      env: env('PASSWORD'),
      charsMax: 4_096,
      help: 'Password to log in with; there is no flag for it.',
    }),
    [`${server}-password-file`]: file('PASSWORD_FILE', 'File that holds it.'),
  };
  // Names that are put together are plain texts to the compiler.
  return options as LoginOptions<Name>;
}
