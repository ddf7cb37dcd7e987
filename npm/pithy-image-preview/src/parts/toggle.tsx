import type { ReactNode } from "react";

interface ToggleProps {
  isOn: boolean;
  onToggle: (isOn: boolean) => void;
  children: ReactNode;
}

/** A button that stays pressed. */
export function Toggle({ isOn, onToggle, children }: ToggleProps): ReactNode {
  return (
    <button
      type="button"
      className="pithy-button pithy-small pithy-toggle"
      aria-pressed={isOn}
      onClick={() => onToggle(!isOn)}
    >
      {children}
    </button>
  );
}
