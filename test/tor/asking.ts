/**
 * Asking a Tor of a private network something over its control socket.
 * Owns one connection a question; the protocol is the program's own.
 */
import { ControlClient } from '../../src/control/client.ts';
import type { TorNetwork } from './network.ts';
import type { TorNode } from './node.ts';
import { eventually } from './patience.ts';

/** Through the socket in Tor's folder, which can be reached from every namespace. */
export async function asking<Answer>(
  node: TorNode,
  ask: (control: ControlClient) => Promise<Answer>,
): Promise<Answer> {
  const control = await ControlClient.connect({ address: node.controlSocket });
  try {
    return await ask(control);
  } finally {
    await control.close();
  }
}

export function answerOf(node: TorNode, key: string): Promise<string> {
  return asking(node, async (control) => (await control.getInfo([key])).get(key)!);
}

/** Sends a command that is answered by OK. */
export async function command(node: TorNode, line: string): Promise<void> {
  await asking(node, (control) => control.command(line));
}

/**
 * Resolves when every Tor that relays has all of them in its consensus: one that is not there yet is a
 * stranger in the local network to it.
 */
export async function allAreKnown({ nodes, client }: TorNetwork): Promise<void> {
  const relaying = nodes.filter((node) => node !== client);
  const knowsAll = async (node: TorNode) => {
    const consensus = await answerOf(node, 'ns/all');
    const missing = relaying.filter(({ name }) => !consensus.includes(`r ${name} `));
    if (missing.length > 0) throw new Error(`${node.name} does not know ${missing[0]!.name}`);
  };
  await eventually(() => Promise.all(relaying.map(knowsAll)));
}
