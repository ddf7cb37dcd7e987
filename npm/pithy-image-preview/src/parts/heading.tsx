import { createContext, type ReactNode, useContext } from "react";

const Level = createContext(2);

/** The level of the headings below it. */
export function HeadingLevel({ value, children }: { value: number; children: ReactNode }): ReactNode {
  return <Level.Provider value={value}>{children}</Level.Provider>;
}

interface HeadingProps {
  /** How far it is below the title. */
  below?: 0 | 1;
  id?: string;
  children: ReactNode;
}

/** A heading at its place in the page. */
export function Heading({ below = 0, id, children }: HeadingProps): ReactNode {
  const Element = `h${Math.min(useContext(Level) + below, 6)}` as "h2";
  return (
    <Element id={id} className={`pithy-heading-${below}`}>
      {children}
    </Element>
  );
}
