"use client";

import { useEffect, useState } from "react";
import type { TaskEvent, TaskState } from "@/lib/tasks";

type Line = Pick<TaskEvent, "id" | "type" | "text">;

/** Shows what happens while it happens. After a lost connection, the browser continues after the last event that it has. */
export function TaskLog({ id }: { id: string }) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [state, setState] = useState<TaskState>("waiting");
  useEffect(() => {
    setLines([]);
    const events = new EventSource(`/tasks/${id}/events`);
    events.onmessage = ({ data, lastEventId }) => {
      const { type, text } = JSON.parse(data) as TaskEvent;
      if (type !== "state") return setLines((known) => [...known, { id: Number(lastEventId), type, text }]);
      setState(text as TaskState);
      if (text === "succeeded" || text === "failed") events.close();
    };
    return () => events.close();
  }, [id]);
  return (
    <>
      <p>
        State: <output>{state}</output>
      </p>
      <pre>
        {lines.map(({ id, type, text }) => (
          <span key={id} className={type}>
            {text}
          </span>
        ))}
      </pre>
    </>
  );
}
