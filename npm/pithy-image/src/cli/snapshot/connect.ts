/** Connects to Daytona with the SDK of the application and the credentials of the environment. */
import { Connection, type DaytonaClient } from "../../daytona/client.ts";
import { daytonaConfig } from "../../daytona/config.ts";
import { type PithyDaytona, pithyDaytona } from "../../daytona/pithy-daytona.ts";
import type { SdkImageClass, SdkImageParts } from "../../daytona/sdk-image.ts";
import { installedSdks } from "../checks/versions.ts";
import { environment } from "../environment.ts";
import { installing, requireHere } from "../package-manager.ts";
import { UsageError } from "../usage-error.ts";

/** The exports of the SDK that are used. */
interface Sdk {
  readonly Daytona: new (config: object) => DaytonaClient;
  readonly Image: SdkImageClass<SdkImageParts>;
}

/** The calls, and their connection. */
export interface Daytona extends PithyDaytona<DaytonaClient> {
  readonly connection: Connection;
}

export function connect(): Daytona {
  const [sdk] = installedSdks();
  if (!sdk) throw new UsageError(`No Daytona SDK is installed. Install one: \`${installing("@daytonaio/sdk")}\`.`);
  const { Daytona, Image } = requireHere()(sdk.name) as Sdk;
  const { client } = daytonaConfig(environment());
  // Without it, newer SDKs open a connection that keeps the process alive.
  const daytona = new Daytona({ ...client, useDeprecatedPolling: true });
  return { connection: new Connection(daytona, Image), ...pithyDaytona({ daytona, Image }) };
}
