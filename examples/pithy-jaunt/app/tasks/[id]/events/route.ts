import { findTask } from "@/lib/tasks";

/** Seconds after which a serverless platform ends the response; the browser connects again. */
export const maxDuration = 300;

/** The log of a task as server-sent events. */
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const task = findTask((await params).id);
  if (!task) return new Response("There is no such task.", { status: 404 });
  const last = Number(request.headers.get("last-event-id")) || 0;
  const events = task.eventsAfter(last, request.signal);
  const body = new ReadableStream<string>({
    async pull(controller) {
      const { value, done } = await events.next();
      if (done) return controller.close();
      controller.enqueue(`id: ${value.id}\ndata: ${JSON.stringify({ type: value.type, text: value.text })}\n\n`);
    },
    cancel: () => void events.return(undefined),
  });
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers });
}
