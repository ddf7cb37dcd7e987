import type { ReactNode } from "react";

interface NoticeProps {
  /** `alert` for what must be read at once. */
  role?: "status" | "alert";
  children: ReactNode;
}

/** A message above, or in the place of, everything else. */
export function Notice({ role = "alert", children }: NoticeProps): ReactNode {
  return (
    <div role={role} className="pithy-notice">
      {children}
    </div>
  );
}
