/** One call of an application that asks Daytona's API. */
import { Call, type CallOptions } from "./call.ts";
import type { Answer, Connection, Request } from "./client.ts";

/** What a request has beside its path. */
type Content = Pick<Request, "params" | "data">;

/** A call over a connection. `end` it. */
export class ApiCall extends Call {
  readonly connection: Connection;

  constructor(connection: Connection, options: CallOptions, seconds: number) {
    super(options, seconds, connection);
    this.connection = connection;
  }

  /** Asks for a path of the API. */
  ask(method: string, path: readonly string[], content: Content = {}): Promise<Answer> {
    const { connection } = this;
    return this.send({ ...content, method, url: connection.url(...path), headers: connection.headers });
  }

  /** Sends a request that the SDK packed. */
  send(request: Request): Promise<Answer> {
    return this.request(this.connection.send, request);
  }
}
