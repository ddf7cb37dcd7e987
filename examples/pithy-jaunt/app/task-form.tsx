"use client";

import { useActionState } from "react";
import { type FormState, startTask } from "./actions";

const EMPTY: FormState = {};

export function TaskForm() {
  const [state, action, isPending] = useActionState(startTask, EMPTY);
  return (
    <form action={action}>
      <label>
        Repository
        <input
          name="repository"
          type="url"
          required
          placeholder="https://github.com/owner/repo"
          defaultValue={state.repository}
        />
      </label>
      <label>
        Task
        <textarea name="description" required rows={4} defaultValue={state.description} />
      </label>
      {state.problem && <p role="alert">{state.problem}</p>}
      <button type="submit" disabled={isPending}>
        Start
      </button>
    </form>
  );
}
