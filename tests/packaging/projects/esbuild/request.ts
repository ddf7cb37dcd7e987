// What a request needs in production, as an edge has it.
import { pithyDaytona } from "pithy-image/daytona";

export const createSandbox = (daytona: never, Image: never, lock: unknown) =>
  pithyDaytona({ daytona, Image }).createSandbox({ lock, ttlMinutes: 60 });
