/** Evaluates `when` clauses independently of when.ts: the operators that Parley's manifest uses, with VS Code's precedence. */

export type Values = Readonly<Record<string, string | number | boolean>>;

const TOKEN = /\s*(=~\s*\/(?:\\.|[^/])+\/|==|!=|>|&&|\|\||!|\(|\)|'[^']*'|[\w.-]+)/y;

/** @returns whether the clause is true for these values. @throws Error for a clause that it cannot parse */
export function holds(clause: string, values: Values): boolean {
  const tokens = tokensOf(clause);
  const next = () => tokens.shift() ?? "";
  const either = (): boolean => {
    let value = both();
    while (tokens[0] === "||") {
      next();
      value = both() || value;
    }
    return value;
  };
  const both = (): boolean => {
    let value = single();
    while (tokens[0] === "&&") {
      next();
      value = single() && value;
    }
    return value;
  };
  const single = (): boolean => {
    const token = next();
    if (token === "!") return !single();
    if (token === "(") {
      const value = either();
      if (next() !== ")") throw new Error(`unbalanced: ${clause}`);
      return value;
    }
    if (token === "false") return false;
    if (!/^[a-z]/i.test(token)) throw new Error(`no key: ${clause}`);
    return compare(values[token] ?? "");
  };
  const compare = (value: Values[string]): boolean => {
    const [operator = ""] = tokens;
    if (operator.startsWith("=~"))
      return new RegExp(next().slice(operator.indexOf("/") + 1, -1)).test(String(value));
    switch (operator) {
      case "==":
        return next() !== "" && String(value) === next().replaceAll("'", "");
      case "!=":
        return next() !== "" && String(value) !== next().replaceAll("'", "");
      case ">":
        return next() !== "" && Number(value) > Number(next());
      default:
        return Boolean(value);
    }
  };
  const value = either();
  if (tokens.length > 0) throw new Error(`left over: ${tokens.join(" ")} in ${clause}`);
  return value;
}

function tokensOf(clause: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < clause.length) {
    const at = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(clause) ?? [];
    if (token === undefined) throw new Error(`unreadable from ${at}: ${clause}`);
    tokens.push(token);
  }
  return tokens;
}
