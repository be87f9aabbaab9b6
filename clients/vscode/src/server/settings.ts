/** The settings that the server is given: those that somebody has set, never a key. Pure. */

/** Settings of the extension itself, which the server does not know. */
const OWN = ["server", "editor"];

/** A value as VS Code knows it at each place where it may be set. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/**
 * The values that were set, by their dotted names. Defaults are left out: the server has its own, and
 * what the user wrote into the server's configuration file stands over them.
 */
export function explicit(names: readonly string[], inspect: (name: string) => Inspected | undefined): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of names) {
    const at = inspect(name);
    const value = at?.workspaceFolderValue ?? at?.workspaceValue ?? at?.globalValue;
    if (value !== undefined && !OWN.includes(name.split(".")[0] ?? "")) {
      found[name] = value;
    }
  }
  return nested(found);
}

/** The same without keys of providers, and whether there was one. */
export function withoutKeys(settings: Record<string, unknown>): { settings: Record<string, unknown>; had: string[] } {
  const had: string[] = [];
  const providers = settings["providers"];
  if (!isTable(providers)) {
    return { settings, had };
  }
  const clean: Record<string, unknown> = {};
  for (const [provider, table] of Object.entries(providers)) {
    if (!isTable(table)) {
      clean[provider] = table;
      continue;
    }
    const kept = Object.entries(table).filter(([name]) => !/^api_?key$/i.test(name));
    if (kept.length < Object.keys(table).length) {
      had.push(provider);
    }
    clean[provider] = Object.fromEntries(kept);
  }
  return { settings: { ...settings, providers: clean }, had };
}

function nested(flat: Record<string, unknown>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const path = name.split(".");
    const last = path.pop() ?? name;
    let at = tree;
    for (const part of path) {
      const next = at[part];
      if (isTable(next)) {
        at = next;
      } else {
        const fresh: Record<string, unknown> = {};
        at[part] = fresh;
        at = fresh;
      }
    }
    at[last] = value;
  }
  return tree;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
