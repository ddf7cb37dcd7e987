// What a request needs in production: a client, and the lock.
import { Daytona, Image } from "@daytonaio/sdk";
import { pithyDaytona } from "pithy-image/daytona";
import lock from "./pithy-image.lock.json";

const daytona = new Daytona({ useDeprecatedPolling: true });
pithyDaytona({ daytona, Image })
  .createSandbox({ lock, ttlMinutes: 60 })
  .then(({ state }) => console.log(state));
