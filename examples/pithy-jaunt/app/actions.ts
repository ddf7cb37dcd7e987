"use server";

import { redirect } from "next/navigation";
import { after } from "next/server";
import { createTask } from "@/lib/tasks";

/** What a form shows when it cannot be used: the reason, and what was typed. */
export interface FormState {
  problem?: string;
  repository?: string;
  description?: string;
}

/** Starts a task, and shows it. */
export async function startTask(_: FormState, form: FormData): Promise<FormState> {
  const [repository, description] = ["repository", "description"].map((name) => String(form.get(name) ?? "").trim());
  const given = { repository, description };
  if (!repository || !URL.canParse(repository)) return { ...given, problem: "Enter the URL of a git repository." };
  if (!description) return { ...given, problem: "Say what is to be done." };
  const task = createTask({ repository, description });
  after(() => task.run());
  redirect(`/tasks/${task.id}`);
}
