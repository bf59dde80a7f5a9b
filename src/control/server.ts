/**
 * A control port that any controller can speak to.
 * Owns the listener, its controllers and the cookie file; one controller's socket is servedController.ts's,
 * what it is answered is the host's or the service's.
 */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConntapeError } from '../error.ts';
import type { Address } from './address.ts';
import type { Credentials } from './admission.ts';
import { Audience } from './audience.ts';
import type { Host } from './conversation.ts';
import { CookieFile } from './cookie.ts';
import { Guessing, type Wait } from './guessing.ts';
import { listen } from './listening.ts';
import { type ControllerLimits, ServedController } from './servedController.ts';
import type { ControlService } from './service.ts';

export interface ServerLimits extends ControllerLimits {
  /**
   * Connections at a time, 64 by default. One more takes the place of the one that has been there
   * longest without being admitted; where all are admitted, it is closed at once.
   */
  readonly maxClients: number;
}

export interface ServeOptions {
  readonly address: Address;
  /** Answers all controllers alike, or each by itself. */
  readonly service: ControlService | Host;
  /**
   * The cookie is made at the start, with mode 0600, and removed at the end. Where both are given,
   * either opens the server.
   */
  readonly authentication: { readonly cookieFile?: string; readonly password?: string } | 'none';
  readonly limits?: Partial<ServerLimits>;
  /** The clock of those who guess; the system's by default. */
  readonly wait?: Wait;
}

const DEFAULT_LIMITS: ServerLimits = {
  // A relay's operator runs a handful of controllers.
  maxClients: 64,
  // Controllers authenticate at once; a person at a terminal can paste a password in time.
  authenticationMs: 10_000,
  // Far above any command a controller sends; Tor itself takes 1 MiB.
  maxCommandBytes: 64 << 10,
  // What a controller takes in one reply by default, too.
  maxReplyBytes: 24 << 20,
  // Some consensus documents, which come as one event each.
  maxQueuedBytes: 16 << 20,
  // The events of some minutes of a relay that is being flooded.
  maxQueuedEvents: 65_536,
};

/** Nothing is kept alive by those who guess. */
const wait: Wait = (ms) => sleep(ms, undefined, { ref: false });

export class ControlServer {
  readonly #server: Server;
  readonly #cookieFile: CookieFile | undefined;
  readonly #controllers = new Map<ServedController, Promise<void>>();
  #address: Address;

  private constructor(options: ServeOptions, cookieFile: CookieFile | undefined) {
    const { service, authentication } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const credentials: Credentials = {
      ...(cookieFile === undefined ? {} : { cookie: cookieFile }),
      ...(authentication === 'none' || authentication.password === undefined
        ? {}
        : { password: authentication.password }),
    };
    const host = 'receive' in service ? service : new Audience(service, limits.maxReplyBytes);
    const guessing = new Guessing(options.wait ?? wait);
    this.#address = options.address;
    this.#cookieFile = cookieFile;
    // Half open: a controller may send all its commands, close its side and still read the answers.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      if (!this.#makeRoom(limits.maxClients)) {
        socket.destroy();
        return;
      }
      const controller = new ServedController(socket, { host, credentials, limits, guessing });
      this.#controllers.set(controller, this.#run(controller));
    });
    // Where descriptors run out, one controller is not let in; the others are none the worse.
    this.#server.on('error', () => {});
  }

  /**
   * Listens. Rejects with `usage` where the address cannot be had, the cookie cannot be written, or
   * neither a cookie nor a password is given and `none` is not said.
   */
  static async listen(options: ServeOptions): Promise<ControlServer> {
    const { authentication } = options;
    if (authentication === 'none') return await ControlServer.#listen(options, undefined);
    const { cookieFile, password } = authentication;
    if (cookieFile === undefined && password === undefined) {
      throw new ConntapeError('usage', {
        operation: 'serving a control port',
        cause: 'neither a cookie file nor a password is given',
      });
    }
    const file = cookieFile === undefined ? undefined : await CookieFile.create(cookieFile);
    return await ControlServer.#listen(options, file);
  }

  static async #listen(
    options: ServeOptions,
    file: CookieFile | undefined,
  ): Promise<ControlServer> {
    const server = new ControlServer(options, file);
    try {
      server.#address = await listen(server.#server, options.address);
      return server;
    } catch (error) {
      await file?.remove();
      throw error;
    }
  }

  /** Where it listens, with the port that was taken. */
  get address(): Address {
    return this.#address;
  }

  /** Ends all connections and stops listening; resolves when socket and cookie file are gone. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const controller of this.#controllers.keys()) controller.close();
    await Promise.all(this.#controllers.values());
    await closed;
    await this.#cookieFile?.remove();
  }

  /** Whether there is room for one more controller. */
  #makeRoom(maxClients: number): boolean {
    if (this.#controllers.size < maxClients) return true;
    for (const controller of this.#controllers.keys()) {
      if (controller.isAdmitted) continue;
      controller.close();
      this.#controllers.delete(controller);
      return true;
    }
    return false;
  }

  async #run(controller: ServedController): Promise<void> {
    await controller.run();
    this.#controllers.delete(controller);
  }
}
