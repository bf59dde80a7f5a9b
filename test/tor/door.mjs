/**
 * A process in a network namespace of its own, which ends with its parent: opens sockets there and
 * hands them out. Each message asks for one: to listen at a host, or to be connected to a port, from an
 * address where one is given.
 */
import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';

/** An address of nobody's (RFC 5737). What comes in for it is not forwarded, and no word is said. */
const NOWHERE = '192.0.2.1';

/** An address that is not this machine's loopback, of nobody's either, to connect from. */
const STRANGER = '198.51.100.66';

execFileSync('ip', ['link', 'set', 'lo', 'up']);
execFileSync('ip', ['address', 'add', `${STRANGER}/32`, 'dev', 'lo']);
execFileSync('ip', ['route', 'add', NOWHERE, 'dev', 'lo']);

process.on('disconnect', () => process.exit());
process.on('message', ({ id, host, port, from }) => {
  if (port === undefined) {
    // Two processes that listen at one socket take turns: this one leaves it to the other.
    const server = createServer().listen(0, host, () =>
      process.send({ id }, server, () => server.close()),
    );
  } else {
    const socket = connect({ host, port, localAddress: from });
    socket.once('error', ({ message }) => process.send({ id, error: message }));
    socket.once('connect', () => process.send({ id }, socket));
  }
});
process.send({ nowhere: NOWHERE, stranger: STRANGER });
