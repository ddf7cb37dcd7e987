"use client";

import { Image } from "pithy-image";
import { useEffect, useState } from "react";

/** What needs no core, while a component is rendered: on the server, and in a browser that has not loaded the core. */
const definition = () =>
  Image.fromJSON(Image.debianSlim("3.12").aptInstall(["git"]).toJSON())
    .workdir("/app")
    .toJSON();

export default function Page() {
  const [message, setMessage] = useState<string>();
  useEffect(() => {
    try {
      Image.debianSlim("3.12").toDockerfile();
    } catch (error) {
      setMessage((error as Error).message);
    }
  }, []);
  return message && <output>{JSON.stringify({ definition: definition(), message })}</output>;
}
