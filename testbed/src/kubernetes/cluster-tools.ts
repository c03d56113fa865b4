/**
 * kubectl and helm against one cluster. In: arguments, and what they read. Out: what they wrote, or a port that kubectl keeps open.
 * Nothing of the user's own settings is read or written. Calls are bounded: 5 minutes unless said otherwise.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { findTool } from '../find-tool.ts';
import { TestbedError } from '../testbed-error.ts';
import { isBuilt, programFile } from './go-build.ts';
import { type GoProgram, helm, kube } from './kube-versions.ts';
import { PortForward, type PortForwardWish } from './port-forward.ts';

/** What may be chosen of a call. */
export type ToolCall = {
  /** Read by the tool as its input. */
  readonly input?: string;
  /** Default 300,000. */
  readonly withinMs?: number;
};

/** Resolves with the output. Rejects with what the tool said if it ended with anything but 0, or with NOT_BUILT. */
export type Tool = (args: readonly string[], call?: ToolCall) => Promise<string>;

/** The tools of a cluster. */
export type ClusterTools = {
  readonly kubectl: Tool;
  readonly helm: Tool;
  /** Keeps a port of a pod open on this machine, as `PortForward.open` says. Rejects with NOT_BUILT without kubectl. */
  readonly forwardPort: (wish: PortForwardWish) => Promise<PortForward | undefined>;
};

const withinMsDefault = 300_000;

/** Tools that use this kubeconfig and keep what they remember in `folder`. */
export function clusterTools(kubeconfig: string, folder: string, env: NodeJS.ProcessEnv): ClusterTools {
  const toolEnv = {
    ...env,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: path.join(folder, 'kubectl-cache'),
    KUBERC: 'off',
    HELM_CACHE_HOME: path.join(folder, 'helm-cache'),
    HELM_CONFIG_HOME: path.join(folder, 'helm-config'),
    HELM_DATA_HOME: path.join(folder, 'helm-data'),
  };
  return {
    kubectl: async (args, call = {}) => runTool(toolFile(kube, 'kubectl', env), args, toolEnv, call),
    helm: async (args, call = {}) => runTool(toolFile(helm, 'helm', env), args, toolEnv, call),
    forwardPort: async (wish) => PortForward.open({ file: toolFile(kube, 'kubectl', env), env: toolEnv }, wish),
  };
}

/** The one that was built here, else that of this machine. */
function toolFile(program: GoProgram, name: string, env: NodeJS.ProcessEnv): string {
  const installed = isBuilt(program, env) ? undefined : findTool(name, env);
  return installed ?? programFile(program, name, env);
}

function runTool(file: string, args: readonly string[], env: NodeJS.ProcessEnv, call: ToolCall): Promise<string> {
  const { input, withinMs = withinMsDefault } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: withinMs, killSignal: 'SIGKILL' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => out.push(piece));
    child.stderr.on('data', (piece: Buffer) => err.push(piece));
    child.on('error', reject);
    // A tool that reads nothing may be gone before its input is.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
    child.stdin.end(input ?? '');
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(out).toString());
      const said = `${Buffer.concat(err).toString()}${Buffer.concat(out).toString()}`.trim();
      const ending =
        signal === null ? `ended with ${code}` : `was ended by ${signal}, after ${withinMs} ms at the latest`;
      reject(new TestbedError('TOOL_FAILED', `${path.basename(file)} ${args.join(' ')} ${ending}: ${said}`));
    });
  });
}
