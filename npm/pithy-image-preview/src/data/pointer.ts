/** What a JSON pointer leads to; `undefined` if that is not there. Names of a definition have no `/` and no `~`. */
export const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((found, key) => Object(found)[key], value);
