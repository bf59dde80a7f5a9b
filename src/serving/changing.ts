/**
 * The commands that change a Tor.
 * Owns the list; what becomes of such a command is each host's.
 */

/** The commands of control-spec's section 3 that change Tor, or hand out its secret keys. */
export const CHANGING: ReadonlySet<string> = new Set([
  ...['SETCONF', 'RESETCONF', 'LOADCONF', 'SAVECONF', 'SIGNAL', 'MAPADDRESS', 'RESOLVE'],
  ...['EXTENDCIRCUIT', 'SETCIRCUITPURPOSE', 'CLOSECIRCUIT', 'SETROUTERPURPOSE', 'POSTDESCRIPTOR'],
  ...['ATTACHSTREAM', 'REDIRECTSTREAM', 'CLOSESTREAM', 'TAKEOWNERSHIP', 'DROPOWNERSHIP'],
  ...['HSFETCH', 'HSPOST', 'ADD_ONION', 'DEL_ONION', 'DROPGUARDS', 'DROPTIMEOUTS'],
  ...['ONION_CLIENT_AUTH_ADD', 'ONION_CLIENT_AUTH_REMOVE', 'ONION_CLIENT_AUTH_VIEW'],
]);
