import Link from "next/link";
import { latestTasks } from "@/lib/tasks";
import { TaskForm } from "./task-form";

export const dynamic = "force-dynamic";

export default function Page() {
  return (
    <>
      <h1>New task</h1>
      <TaskForm />
      <h2>Tasks</h2>
      <ul>
        {latestTasks().map(({ id, request, state }) => (
          <li key={id}>
            <Link href={`/tasks/${id}`}>{request.description}</Link>: {state}
          </li>
        ))}
      </ul>
    </>
  );
}
