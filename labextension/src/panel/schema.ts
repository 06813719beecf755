/** What a parameter is entered with. */
export type Kind = 'number' | 'integer' | 'boolean' | 'enum' | 'names' | 'text' | 'json';

/** One parameter of a step, as a form shows it. */
export interface Parameter {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly kind: Kind;
  readonly defaultValue: unknown;
  /** Whether it may have no value (null). */
  readonly optional: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Whether the minimum itself is too little. */
  readonly aboveMinimum: boolean;
  readonly options: readonly unknown[];
}

/** The parameters of one step. */
export interface Group {
  readonly step: string;
  readonly title: string;
  readonly parameters: readonly Parameter[];
}

interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

/** Return what a pipeline's `parameters` (JSON Schema) let a user set; steps without are left out. */
export function groupsOf(parameters: Record<string, unknown>): Group[] {
  const root = parameters as Schema;
  return Object.entries(root.properties ?? {}).flatMap(([step, schema]) => {
    const known = Object.entries(resolved(schema, root).properties ?? {}).map(([name, each]) =>
      parameterOf(name, each, root)
    );
    return known.length === 0
      ? []
      : [{ step, title: resolved(schema, root).title ?? step, parameters: known }];
  });
}

function parameterOf(name: string, said: Schema, root: Schema): Parameter {
  const whole = resolved(said, root);
  const choices = (whole.anyOf ?? [whole]).map(each => resolved(each, root));
  const values = choices.filter(each => each.type !== 'null');
  const schema = values.length === 1 ? { ...whole, ...values[0] } : whole;
  return {
    name,
    title: words(name),
    help: whole.description ?? '',
    kind: values.length === 1 ? kindOf(schema, root) : 'json',
    defaultValue: whole.default,
    optional: values.length < choices.length,
    minimum: schema.minimum ?? schema.exclusiveMinimum ?? null,
    maximum: schema.maximum ?? schema.exclusiveMaximum ?? null,
    aboveMinimum: schema.exclusiveMinimum !== undefined,
    options: schema.enum ?? []
  };
}

function kindOf(schema: Schema, root: Schema): Kind {
  if (schema.enum !== undefined) {
    return 'enum';
  }
  switch (schema.type) {
    case 'number':
    case 'integer':
    case 'boolean':
      return schema.type;
    case 'string':
      return 'text';
    case 'array': {
      const items = schema.items === undefined ? undefined : resolved(schema.items, root);
      return items?.type === 'string' && items.enum === undefined ? 'names' : 'json';
    }
    default:
      return 'json';
  }
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  const found = name === undefined ? undefined : root.$defs?.[name];
  return found === undefined ? schema : { ...found, ...schema };
}

/** The name in words: `min_score` is "Min score". */
function words(name: string): string {
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A parameter's value, or why the text is none. */
export type Parsed = { value: unknown } | { problem: 'number' | 'whole' | 'range' | 'json' };

/** Read what was typed; an empty text is the default. */
export function parse(parameter: Parameter, text: string): Parsed {
  const trimmed = text.trim();
  if (trimmed === '') {
    return { value: undefined };
  }
  switch (parameter.kind) {
    case 'number':
    case 'integer': {
      const value = Number(trimmed);
      if (!Number.isFinite(value)) {
        return { problem: 'number' };
      }
      if (parameter.kind === 'integer' && !Number.isInteger(value)) {
        return { problem: 'whole' };
      }
      const { minimum, maximum, aboveMinimum } = parameter;
      const low = minimum !== null && (aboveMinimum ? value <= minimum : value < minimum);
      return low || (maximum !== null && value > maximum) ? { problem: 'range' } : { value };
    }
    case 'names':
      return {
        value: trimmed
          .split(/[,\n]/)
          .map(each => each.trim())
          .filter(each => each !== '')
      };
    case 'json':
      try {
        return { value: JSON.parse(trimmed) as unknown };
      } catch {
        return { problem: 'json' };
      }
    default:
      return { value: trimmed };
  }
}

/** Return a value as it is typed. */
export function print(parameter: Parameter, value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (parameter.kind === 'names' && Array.isArray(value)) {
    return value.join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
