"use client";

import { useEffect, useState } from "react";
import { identity } from "../../identity";

export default function Page() {
  const [text, setText] = useState<string>();
  useEffect(() => {
    identity().then((found) => setText(JSON.stringify(found)));
  }, []);
  return text && <output>{text}</output>;
}
