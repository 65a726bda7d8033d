import { type Attributes, networkActivity } from "@tributary/ocsf";

/** Where the keys of a document leave the order of the class definition, or its names, at any depth; empty when they do not. */
export function orderProblems(document: unknown): string[] {
  return problemsIn(document, networkActivity.attributes, "");
}

function problemsIn(value: unknown, attributes: Attributes, path: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((element, index) => problemsIn(element, attributes, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [`${path} is no object`];
  const names = Object.keys(value);
  const order = Object.keys(attributes).filter((name) => names.includes(name));
  const problems = order.join() === names.join() ? [] : [`${path}: ${names.join()} instead of ${order.join()}`];
  for (const [name, child] of Object.entries(value)) {
    const attribute = attributes[name];
    if (attribute === undefined) problems.push(`${path}.${name} is no attribute`);
    else if (attribute.kind === "object")
      problems.push(...problemsIn(child, attribute.object.attributes, `${path}.${name}`));
  }
  return problems;
}

/** The paths of all attributes that a document fills, without array indexes; the keys of `unmapped` are data and left out. */
export function attributePaths(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => attributePaths(element, path));
  if (typeof value !== "object" || value === null || path === "unmapped") return [path];
  return Object.entries(value).flatMap(([name, child]) =>
    attributePaths(child, path === "" ? name : `${path}.${name}`),
  );
}
