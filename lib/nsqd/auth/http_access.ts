import { HttpError } from "../../http/http_error.ts";
import { ErrorCode, FatalClientError } from "../../wire/errors.ts";
import type { Authorizer, ClientAuth, PeerIdentity } from "./authorizer.ts";

/** Secrets whose permissions are remembered until they expire. */
const MAX_REMEMBERED = 1000;

const BEARER = /^Bearer +(\S.*)$/i;

/** What a request says of who sends it. */
export interface HttpCaller {
  /** As it stands in the log: "host:port". */
  readonly name: string;
  readonly peer: PeerIdentity;
  /** The header `Authorization`; null without one. */
  readonly authorization: string | null;
}

/**
 * What callers of the HTTP API may do, as far as it is the same that connections do: a secret in `Authorization: Bearer SECRET` is what AUTH
 * sends there.
 */
export class HttpAccess {
  readonly #authorizer: Authorizer | null;
  /** By secret and who sends it, the oldest first. */
  readonly #known = new Map<string, Promise<ClientAuth>>();

  /** @param authorizer null if everybody may do everything */
  constructor(authorizer: Authorizer | null) {
    this.#authorizer = authorizer;
  }

  /**
   * Lets those pass who may consume from `channel`, or, without one, from any channel of `topic`.
   * @returns what the auth server said of the caller; null without one
   * @throws HttpError 401 without a secret that it knows, 403 if that gives no such permission
   */
  async maySubscribe(
    caller: HttpCaller,
    command: string,
    topic: string,
    channel: string | null,
  ): Promise<ClientAuth | null> {
    return await this.#pass(caller, (auth) => auth.checkSubscribe(command, topic, channel));
  }

  /** Lets those pass who may publish to `topic`. @throws as {@link maySubscribe} */
  async mayPublish(caller: HttpCaller, command: string, topic: string): Promise<void> {
    await this.#pass(caller, (auth) => auth.checkPublish(command, topic));
  }

  async #pass(caller: HttpCaller, check: (auth: ClientAuth) => void): Promise<ClientAuth | null> {
    if (this.#authorizer === null) return null;
    const secret = BEARER.exec(caller.authorization ?? "")?.[1];
    if (secret === undefined) {
      throw new HttpError(401, "send the secret in a header: Authorization: Bearer SECRET");
    }
    try {
      const auth = await this.#authOf(this.#authorizer, secret, caller);
      if (auth.expired) await auth.renew();
      check(auth);
      return auth;
    } catch (error) {
      if (!(error instanceof FatalClientError)) throw error;
      const status = error.code === ErrorCode.AuthFailed ? 401 : 403;
      throw new HttpError(status, error.message, { cause: error });
    }
  }

  async #authOf(authorizer: Authorizer, secret: string, caller: HttpCaller): Promise<ClientAuth> {
    const { remoteIp, tls, commonName } = caller.peer;
    const key = JSON.stringify([secret, remoteIp, tls, commonName]);
    const known = this.#known.get(key);
    if (known !== undefined) return await known;
    if (this.#known.size >= MAX_REMEMBERED) {
      this.#known.delete(this.#known.keys().next().value!);
    }
    const auth = authorizer.forClient(caller.name, () => caller.peer);
    const asked = auth.authenticate(secret).then(() => auth);
    this.#known.set(key, asked);
    try {
      return await asked;
    } catch (error) {
      this.#known.delete(key); // it may have another answer next time
      throw error;
    }
  }
}
