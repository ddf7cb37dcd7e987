import type { Page } from "playwright-core";

/** Drops files of this machine, as the desktop does. */
export async function drop(page: Page, ...files: string[]): Promise<void> {
  const zone = page.getByRole("region", { name: "The files are not here yet" });
  const box = await zone.boundingBox();
  if (!box) throw new Error("The drop zone is not to be seen.");
  const session = await page.context().newCDPSession(page);
  const at = { x: box.x + 20, y: box.y + 20, data: { items: [], files, dragOperationsMask: 1 } };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, ...at });
}
