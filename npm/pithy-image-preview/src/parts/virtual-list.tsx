import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";

/** A list with arrow-key navigation that renders only the visible rows. */
export interface VirtualListProps<Item> {
  /** What a screen reader calls it. */
  label: string;
  items: readonly Item[];
  keyOf: (item: Item, index: number) => string;
  /** Height of most rows, in pixels; each row is measured once it is in view. */
  estimate: number;
  /** The row with the keyboard's mark; -1 for none. */
  active: number;
  /** Rows that are marked together with it. */
  isMarked?: (item: Item) => boolean;
  isDisabled?: (item: Item) => boolean;
  onActive: (index: number) => void;
  onHover?: (index: number | undefined) => void;
  /** A row to bring into view, whenever it is another one. */
  reveal: number;
  className?: string;
  rowClass: (item: Item) => string;
  children: (item: Item, index: number) => ReactNode;
}

export function VirtualList<Item>(props: VirtualListProps<Item>): ReactNode {
  const {
    label,
    items,
    keyOf,
    estimate,
    active,
    onActive,
    onHover,
    reveal,
    className = "",
    rowClass,
    children,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimate,
    getItemKey: (index) => keyOf(items[index] as Item, index),
    overscan: 6,
    initialRect: { width: 0, height: 600 },
  });
  useEffect(() => {
    if (reveal >= 0) virtualizer.scrollToIndex(reveal, { align: "auto" });
  }, [reveal, virtualizer]);

  const isDisabled = (index: number) => props.isDisabled?.(items[index] as Item) ?? false;
  const move = (event: KeyboardEvent) => {
    const target = KEYS[event.key]?.(active, items.length - 1);
    if (target === undefined) return;
    event.preventDefault();
    const next = enabled(target, target >= active ? 1 : -1, items.length, isDisabled);
    if (next === undefined) return;
    onActive(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
  };
  const rows = virtualizer.getVirtualItems();
  const isInView = rows.some(({ index }) => index === active);
  return (
    <div
      ref={scroller}
      role="listbox"
      aria-label={label}
      aria-activedescendant={isInView ? `${id}-${active}` : undefined}
      tabIndex={0}
      className={`pithy-list ${className}`}
      onKeyDown={move}
      onFocus={({ target }) => {
        // By keys: a click chooses for itself.
        if (active < 0 && items.length && target.matches(":focus-visible"))
          onActive(enabled(0, 1, items.length, isDisabled) ?? -1);
      }}
      onPointerLeave={() => onHover?.(undefined)}
    >
      <div role="presentation" className="pithy-list-all" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map(({ index, key, start }) => {
          const item = items[index] as Item;
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which option is active
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
            <div
              key={key}
              ref={virtualizer.measureElement}
              id={`${id}-${index}`}
              role="option"
              data-index={index}
              aria-selected={index === active}
              aria-disabled={isDisabled(index) || undefined}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              className={`pithy-row ${props.isMarked?.(item) ? "pithy-marked" : ""} ${rowClass(item)}`}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => isDisabled(index) || onActive(index)}
              onPointerEnter={() => onHover?.(index)}
            >
              {children(item, index)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const PAGE = 10;

/** Where a key leads to, from a row. */
const KEYS: Record<string, (from: number, last: number) => number> = {
  ArrowDown: (from, last) => Math.min(from + 1, last),
  ArrowUp: (from) => Math.max(from - 1, 0),
  PageDown: (from, last) => Math.min(from + PAGE, last),
  PageUp: (from) => Math.max(from - PAGE, 0),
  Home: () => 0,
  End: (_, last) => last,
};

/** The next row that can be active, from one on. */
function enabled(from: number, by: 1 | -1, count: number, isDisabled: (index: number) => boolean): number | undefined {
  for (let index = from; index >= 0 && index < count; index += by) if (!isDisabled(index)) return index;
  return undefined;
}
