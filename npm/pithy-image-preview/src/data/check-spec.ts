/** What a spec, which may be any JSON, has to have so that it can be shown. */

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with what the preview was given, in a sentence; nothing if it can be shown. */
export function mistakeIn(props: { spec?: unknown; baseline?: unknown; plan?: unknown }): string | undefined {
  const specs = (["spec", "baseline"] as const).map((name) => ofSpec(name, props[name]));
  return [...specs, props.plan === undefined ? undefined : ofFields("plan", props.plan, PLAN)].find(Boolean);
}

const RESOLVED = ["contexts", "files", "findings", "ignored", "instructions", "sources", "steps"];
const PLAN = ["files", "findings", "steps"];

function ofSpec(name: string, spec: unknown): string | undefined {
  if (spec === undefined) return undefined;
  if (!isObject(spec)) return mustBe(name, "a definition, or what `previewSpec` returns", spec);
  if (!("definition" in spec)) return ofDefinition(name, spec);
  const { definition, resolved, callSites, problems, texts = {} } = spec;
  return (
    ofDefinition(`${name}.definition`, definition) ??
    (resolved === undefined ? undefined : ofResolved(`${name}.resolved`, resolved)) ??
    (callSites === undefined || isObject(callSites)
      ? undefined
      : mustBe(`${name}.callSites`, "an object", callSites)) ??
    (problems === undefined ? undefined : ofList(`${name}.problems`, problems)) ??
    (isObject(texts) && Object.values(texts).every((text) => typeof text === "string")
      ? undefined
      : mustBe(`${name}.texts`, "an object of strings", texts))
  );
}

function ofDefinition(name: string, definition: unknown): string | undefined {
  if (!isObject(definition)) return mustBe(name, "a definition", definition);
  const { steps } = definition;
  if (!Array.isArray(steps)) return mustBe(`${name}.steps`, "a list", steps);
  for (const [index, step] of steps.entries()) {
    const place = `${name}.steps[${index}]`;
    if (!isObject(step) || Object.keys(step).length !== 1)
      return mustBe(place, "an object with one field, its call", step);
    const mistake = isObject(step.stage) ? ofDefinition(`${place}.stage`, step.stage) : undefined;
    if (mistake) return mistake;
  }
  return undefined;
}

function ofResolved(name: string, resolved: unknown): string | undefined {
  const isText = isObject(resolved) && typeof resolved.dockerfile === "string";
  return (
    ofFields(name, resolved, RESOLVED) ?? (isText ? undefined : mustBe(`${name}.dockerfile`, "a string", undefined))
  );
}

function ofFields(name: string, value: unknown, lists: readonly string[]): string | undefined {
  if (!isObject(value)) return mustBe(name, "an object", value);
  return lists.map((field) => ofList(`${name}.${field}`, value[field])).find(Boolean);
}

/** Lists of records, each of which is an object. */
function ofList(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value)) return mustBe(name, "a list", value);
  const index = value.findIndex((item) => !isObject(item));
  return index < 0 ? undefined : mustBe(`${name}[${index}]`, "an object", value[index]);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const mustBe = (name: string, what: string, value: unknown): string =>
  `\`${name}\` must be ${what}${value === undefined ? ", and is missing" : `, and is ${inWords(value)}`}.`;

function inWords(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
