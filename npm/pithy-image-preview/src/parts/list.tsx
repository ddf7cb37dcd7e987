import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type HTMLAttributes,
  type KeyboardEvent,
  memo,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
} from "react";

/** A list that is walked through with the arrow keys. */
export interface ListProps<Item> {
  /** What a screen reader calls it. */
  label: string;
  items: readonly Item[];
  keyOf: (item: Item, index: number) => string;
  /** The address of a row within the page. */
  anchorOf?: (item: Item) => string | undefined;
  /** Rows that are all in the document; of more, only those in view are. */
  most: number;
  /** Height of most rows, in pixels. */
  estimate: number;
  /** The row that was chosen; -1 for none. */
  active: number;
  /** Rows that are marked together with it. */
  isMarked?: (item: Item) => boolean;
  onActive: (index: number) => void;
  onHover?: (index: number | undefined) => void;
  /** A row to bring into view, whenever it is another one. */
  reveal: number;
  className?: string;
  rowClass: (item: Item) => string;
  /** What is in a row. It is made again only where the row, or this function, is another one. */
  children: (item: Item, index: number, isActive: boolean) => ReactNode;
}

/** From so many rows on, those out of view are not laid out. */
const LONG = 100;

/**
 * All rows are in the document, so that the browser finds, prints and selects them, and they scroll with the page. Only of
 * thousands those in view are, in a box that scrolls.
 */
export function List<Item>(props: ListProps<Item>): ReactNode {
  return props.items.length > props.most ? <VirtualList {...props} /> : <WholeList {...props} />;
}

function WholeList<Item>(props: ListProps<Item>): ReactNode {
  const { items, label, keyOf, active, className = "", children } = props;
  const box = useRef<HTMLOListElement>(null);
  const show = (index: number) => rowAt(box, index)?.scrollIntoView({ block: "nearest" });
  const row = useRows(props, box, show, active in items ? active : 0);
  return (
    <ol
      ref={box}
      aria-label={label}
      className={`pithy-list ${items.length > LONG ? "pithy-long" : ""} ${className}`}
      {...leave(props)}
    >
      {items.map((item, index) => (
        <li {...row(item, index)} key={keyOf(item, index)}>
          <Content make={children} item={item} index={index} isActive={index === active} />
        </li>
      ))}
    </ol>
  );
}

function VirtualList<Item>(props: ListProps<Item>): ReactNode {
  const { items, label, keyOf, estimate, active, className = "", children } = props;
  const box = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => estimate,
    getItemKey: (index) => keyOf(items[index] as Item, index),
    overscan: 6,
    initialRect: { width: 0, height: 600 },
  });
  const rows = virtualizer.getVirtualItems();
  const show = (index: number) => virtualizer.scrollToIndex(index, { align: "auto" });
  useEffect(() => {
    if (props.reveal >= 0) virtualizer.scrollToIndex(props.reveal, { align: "auto" });
  }, [props.reveal, virtualizer]);
  const reached = rows.some(({ index }) => index === active) ? active : (rows[0]?.index ?? 0);
  const row = useRows(props, box, show, reached);
  return (
    <div ref={box} className={`pithy-list pithy-scrolled ${className}`} {...leave(props)}>
      <ol aria-label={label} className="pithy-list-all" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map(({ index, key, start }) => (
          <li
            {...row(items[index] as Item, index)}
            key={key}
            ref={virtualizer.measureElement}
            style={{ transform: `translateY(${start}px)` }}
          >
            <Content make={children} item={items[index] as Item} index={index} isActive={index === active} />
          </li>
        ))}
      </ol>
    </div>
  );
}

interface ContentProps<Item> {
  make: ListProps<Item>["children"];
  item: Item;
  index: number;
  isActive: boolean;
}

const Content = memo(function Content<Item>({ make, item, index, isActive }: ContentProps<Item>): ReactNode {
  return make(item, index, isActive);
}) as <Item>(props: ContentProps<Item>) => ReactNode;

type Box = RefObject<HTMLElement | null>;

const rowAt = (box: Box, index: number): HTMLElement | null =>
  box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;

/** Whether the lists are beside each other, which the style sheet decides: one below must not make the page scroll to it. */
const isBeside = ({ current }: Box): boolean =>
  current !== null && getComputedStyle(current).getPropertyValue("--_beside").trim() === "1";

const leave = <Item,>({ onHover }: ListProps<Item>): HTMLAttributes<HTMLElement> => ({
  onPointerLeave: () => onHover?.(undefined),
});

/** What each row has for keys and screen readers: one of them is reached by Tab, the others from it. */
function useRows<Item>(
  { items, active, reveal, onActive, onHover, isMarked, anchorOf, rowClass }: ListProps<Item>,
  box: Box,
  show: (index: number) => void,
  reached: number,
): (item: Item, index: number) => HTMLAttributes<HTMLElement> {
  const shower = useRef(show);
  shower.current = show;
  useEffect(() => {
    if (reveal >= 0 && isBeside(box)) shower.current(reveal);
  }, [reveal, box]);

  // A row that the keys lead to may be made only once it is scrolled to.
  const isWanted = useRef(false);
  useEffect(() => {
    const row = isWanted.current ? rowAt(box, active) : null;
    if (!row) return;
    isWanted.current = false;
    row.focus({ preventScroll: true });
  });
  const move = (event: KeyboardEvent, from: number) => {
    const next = KEYS[event.key]?.(from, items.length - 1);
    if (next === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    isWanted.current = true;
    onActive(next);
    show(next);
  };
  return (item, index) => ({
    id: anchorOf?.(item),
    tabIndex: index === reached ? 0 : -1,
    "aria-current": index === active || undefined,
    "aria-setsize": items.length,
    "aria-posinset": index + 1,
    ...{ "data-index": index },
    className: `pithy-row ${isMarked?.(item) ? "pithy-marked" : ""} ${rowClass(item)}`,
    onKeyDown: (event) => move(event, index),
    onFocus: ({ target, currentTarget }) => {
      // By keys: a click chooses for itself.
      if (index !== active && target === currentTarget && target.matches(":focus-visible")) onActive(index);
    },
    onClick: () => onActive(index),
    onPointerEnter: () => onHover?.(index),
  });
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
