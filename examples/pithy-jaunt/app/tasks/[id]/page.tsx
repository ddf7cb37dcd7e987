import { notFound } from "next/navigation";
import { findTask } from "@/lib/tasks";
import { TaskLog } from "./task-log";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const task = findTask((await params).id);
  if (!task) notFound();
  return (
    <>
      <h1>{task.request.description}</h1>
      <p>{task.request.repository}</p>
      <TaskLog id={task.id} />
    </>
  );
}
