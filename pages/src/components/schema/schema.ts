/** The part of JSON Schema that our settings are described by, and what an input does with a value of it. */

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  allOf?: Schema[];
  $ref?: string;
}
export type Values = Record<string, unknown>;
export type Kind = "check" | "choice" | "secret" | "text" | "long" | "number" | "lines" | "pairs" | "json";

/** Longer texts are typed in several lines; an address of 2000 characters is still one line. */
const LONG = 2000;

/** Follows references into `#/…/schemas/Name` or `#/$defs/Name`, and takes the "or null" away. */
export function plain(schema: Schema, named: Record<string, Schema>): Schema & { nullable?: boolean } {
  const target = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (target) return { ...plain(named[target.split("/").at(-1)!] ?? {}, named), ...aside(schema) };
  const others = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  if (schema.anyOf && others.length === 1)
    return { ...plain(others[0]!, named), ...aside(schema), nullable: true };
  return schema;
}

/** What stands beside a reference says more of it. */
function aside(schema: Schema): Schema {
  const { $ref: _ref, allOf: _all, anyOf: _any, ...rest } = schema;
  return rest;
}

export function kindOf(schema: Schema): Kind {
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "check";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "string")
    return schema.format === "password" ? "secret" : (schema.maxLength ?? 0) > LONG ? "long" : "text";
  if (schema.type === "array" && schema.items?.type === "string") return "lines";
  if (schema.type === "object" && !schema.properties && typeof schema.additionalProperties === "object")
    return "pairs";
  return "json";
}

/** A value as it is typed. */
export function written(kind: Kind, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (kind === "lines") return (value as string[]).join("\n");
  if (kind === "pairs")
    return Object.entries(value as Values)
      .map(([name, one]) => `${name} = ${String(one)}`)
      .join("\n");
  if (kind === "json") return JSON.stringify(value, null, 2);
  return String(value);
}

/** What was typed as a value; throws a sentence when it is none. */
export function read(kind: Kind, typed: string, schema: Schema & { nullable?: boolean }): unknown {
  if (typed.trim() === "" && schema.nullable) return null;
  if (kind === "number") return typed.trim() === "" ? undefined : Number(typed);
  if (kind === "lines") return lines(typed);
  if (kind === "pairs") return Object.fromEntries(lines(typed).map((line) => pair(line, schema)));
  if (kind === "json") return typed.trim() === "" ? undefined : JSON.parse(typed);
  return typed;
}

const lines = (typed: string): string[] =>
  typed
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function pair(line: string, schema: Schema): [string, unknown] {
  const [name = "", ...rest] = line.split("=");
  const value = rest.join("=").trim();
  const of = schema.additionalProperties as Schema;
  const number = of.type === "integer" || of.anyOf?.some((one) => one.type === "integer");
  return [name.trim(), number && /^-?\d+$/.test(value) ? Number(value) : value];
}

/** The values that a new form begins with. */
export function defaults(schema: Schema, named: Record<string, Schema>): Values {
  const found: Values = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const { default: given, const: fixed } = plain(property, named);
    if (fixed !== undefined) found[name] = fixed;
    else if (given !== undefined) found[name] = structuredClone(given);
  }
  return found;
}
