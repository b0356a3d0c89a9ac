/** One name that an import statement binds; `imported` is `default`, `*` or a name. */
export interface Binding {
  readonly imported: string;
  readonly local: string;
}

/** A static import; `start` and `end` are offsets into the source. */
export interface ImportStatement {
  readonly start: number;
  readonly end: number;
  readonly specifier: string;
  readonly bindings: readonly Binding[];
}

/** A name that the module exports, and the local one behind it. */
export interface ExportedName {
  readonly exported: string;
  readonly local: string;
}

/**
 * An export: what lies between `start` and `end` gives way to `replacement`, after which `names` are in scope.
 */
export interface ExportStatement {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly names: readonly ExportedName[];
}

/** The module syntax of a source text. */
export interface ModuleSyntax {
  readonly imports: readonly ImportStatement[];
  readonly exports: readonly ExportStatement[];
}

/** A module that this runtime cannot load; `message` says why. */
export class ModuleFault extends Error {}

/** The name given to a default export that has none. */
export const DEFAULT_NAME = "__ggui_default";

/**
 * Find the imports and exports of an ES module.
 *
 * A scanner at token level, as es-module-lexer has it: strings, templates, comments and regular expressions are told
 * apart from code, so that text that looks like an import is left alone.
 *
 * @throws ModuleFault for what cannot be linked here: `import()`, `import.meta`, `export … from`.
 */
export function scanModule(source: string): ModuleSyntax {
  return new Scanner(source).scan();
}

/** Keywords after which a slash starts a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await default extends".split(" "),
);
/** Keywords whose parenthesis is followed by a statement. */
const BEFORE_STATEMENT = new Set(["if", "while", "for", "with"]);
const IDENTIFIER = /[\p{ID_Start}$_\\][\p{ID_Continue}$\u200c\u200d\\{}]*/uy;
const PLAIN_IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d[\d_]*)?)n?/y;

interface Bracket {
  readonly sign: string;
  /** Whether a slash right after the closing bracket starts a regular expression. */
  readonly regexAfter: boolean;
}

class Scanner {
  readonly #source: string;
  #at = 0;
  #brackets: Bracket[] = [];
  /** The last significant token: a punctuator's sign, a word, or `value` for literals. */
  #last = "";
  /** Whether `#last` is a word that is the name of a property. */
  #lastIsProperty = false;
  #regexAllowed = true;
  readonly #imports: ImportStatement[] = [];
  readonly #exports: ExportStatement[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  scan(): ModuleSyntax {
    for (this.#skipBlank(); this.#at < this.#source.length; this.#skipBlank()) this.#token();
    if (this.#brackets.length > 0) throw new ModuleFault("A bracket is never closed.");
    return { imports: this.#imports, exports: this.#exports };
  }

  #token(): void {
    const sign = this.#source.charAt(this.#at);
    if (sign === '"' || sign === "'") {
      this.#string();
      this.#value();
    } else if (sign === "`") {
      this.#at += 1;
      this.#template();
    } else if (sign === "/" && this.#regexAllowed) {
      this.#regex();
      this.#value();
    } else if (/[0-9]/.test(sign) || (sign === "." && /[0-9]/.test(this.#source.charAt(this.#at + 1)))) {
      this.#match(NUMBER);
      this.#value();
    } else if (sign === "#") {
      this.#at += 1; // a private name, or the first line of a program file
      this.#lastIsProperty = true;
      this.#last = "#";
    } else {
      const start = this.#at;
      const word = this.#match(PLAIN_IDENTIFIER);
      if (word !== undefined) this.#word(word, start);
      else this.#punctuator(sign);
    }
  }

  #word(word: string, start: number): void {
    const isProperty = this.#last === "." || this.#last === "?." || this.#last === "#";
    if (!isProperty && this.#brackets.length === 0 && word === "export") return this.#export(start);
    if (!isProperty && word === "import" && this.#isImport()) return this.#import(start);
    this.#last = word;
    this.#lastIsProperty = isProperty;
    this.#regexAllowed = !isProperty && BEFORE_EXPRESSION.has(word);
  }

  #punctuator(sign: string): void {
    if (sign === "(" || sign === "[" || sign === "{") this.#open(sign);
    else if (sign === ")" || sign === "]" || sign === "}") return this.#close(sign);
    const two = this.#source.slice(this.#at, this.#at + 2);
    const isStep = two === "++" || two === "--";
    // `a++ / b`: after a postfix step comes a division; before a prefix step stood an operator anyway
    const regexAllowed = isStep ? this.#regexAllowed : true;
    const token = two === "?." || two === "=>" || isStep ? two : sign;
    this.#at += token.length;
    this.#last = token;
    this.#lastIsProperty = false;
    this.#regexAllowed = regexAllowed;
  }

  #open(sign: string): void {
    let regexAfter = false;
    if (sign === "(") regexAfter = !this.#lastIsProperty && BEFORE_STATEMENT.has(this.#last);
    if (sign === "{") regexAfter = !this.#isExpressionPosition();
    this.#brackets.push({ sign, regexAfter });
  }

  /** Whether a brace that comes now opens an object literal rather than a block. */
  #isExpressionPosition(): boolean {
    if (this.#last === "" || this.#last === ";" || this.#last === "{" || this.#last === "}") return false;
    if (this.#last === ")" || this.#last === "=>" || this.#last === "else" || this.#last === "do") return false;
    return this.#regexAllowed;
  }

  #close(sign: string): void {
    const opened = this.#brackets.pop();
    this.#at += 1;
    if (opened?.sign === "${" && sign === "}") return this.#template();
    this.#last = sign;
    this.#lastIsProperty = false;
    this.#regexAllowed = opened?.regexAfter ?? false;
  }

  #value(): void {
    this.#last = "value";
    this.#lastIsProperty = false;
    this.#regexAllowed = false;
  }

  /** From within a template: to its end, or to the next substitution. */
  #template(): void {
    for (; this.#at < this.#source.length; this.#at += 1) {
      const sign = this.#source.charAt(this.#at);
      if (sign === "\\") this.#at += 1;
      else if (sign === "`") {
        this.#at += 1;
        return this.#value();
      } else if (sign === "$" && this.#source.charAt(this.#at + 1) === "{") {
        this.#at += 2;
        this.#brackets.push({ sign: "${", regexAfter: false });
        this.#last = "${";
        this.#regexAllowed = true;
        return;
      }
    }
    throw new ModuleFault("A template literal has no end.");
  }

  #string(): string {
    const quote = this.#source.charAt(this.#at);
    const start = this.#at;
    for (this.#at += 1; this.#at < this.#source.length; this.#at += 1) {
      const sign = this.#source.charAt(this.#at);
      if (sign === "\\") this.#at += 1;
      else if (sign === quote) {
        this.#at += 1;
        return this.#source.slice(start + 1, this.#at - 1);
      }
    }
    throw new ModuleFault("A string has no end.");
  }

  #regex(): void {
    let inClass = false;
    for (this.#at += 1; this.#at < this.#source.length; this.#at += 1) {
      const sign = this.#source.charAt(this.#at);
      if (sign === "\\") this.#at += 1;
      else if (sign === "[") inClass = true;
      else if (sign === "]") inClass = false;
      else if (sign === "\n") break;
      else if (sign === "/" && !inClass) {
        this.#at += 1;
        this.#match(IDENTIFIER); // flags
        return;
      }
    }
    throw new ModuleFault("A regular expression has no end.");
  }

  /** Spaces and comments. */
  #skipBlank(): void {
    for (;;) {
      this.#match(/\s+/y);
      if (this.#source.startsWith("//", this.#at)) this.#match(/.*/y);
      else if (this.#source.startsWith("/*", this.#at)) {
        const end = this.#source.indexOf("*/", this.#at + 2);
        if (end < 0) throw new ModuleFault("A comment has no end.");
        this.#at = end + 2;
      } else return;
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** `{import: 1}` and `import(…) {}` of a class are names; everything else is the keyword. */
  #isImport(): boolean {
    const saved = this.#at;
    this.#skipBlank();
    const isName = this.#source.charAt(this.#at) === ":";
    this.#at = saved;
    return !isName;
  }

  #import(start: number): void {
    this.#skipBlank();
    const sign = this.#source.charAt(this.#at);
    if (sign === "(") throw new ModuleFault("A component may not load modules with import().");
    if (sign === ".") throw new ModuleFault("A component may not use import.meta.");
    if (this.#brackets.length > 0) throw new ModuleFault("An import stands inside a block.");
    const bindings = sign === '"' || sign === "'" ? [] : this.#importClause();
    const specifier = this.#string();
    this.#attributes();
    this.#imports.push({ start, end: this.#endOfStatement(), specifier, bindings });
  }

  #importClause(): Binding[] {
    const bindings: Binding[] = [];
    for (;;) {
      this.#skipBlank();
      const sign = this.#source.charAt(this.#at);
      if (sign === "*") {
        this.#at += 1;
        this.#expect("as");
        bindings.push({ imported: "*", local: this.#name() });
      } else if (sign === "{") {
        for (const [imported, local] of this.#nameList()) bindings.push({ imported, local });
      } else {
        bindings.push({ imported: "default", local: this.#name() });
      }
      this.#skipBlank();
      if (this.#source.charAt(this.#at) !== ",") break;
      this.#at += 1;
    }
    this.#expect("from");
    this.#skipBlank();
    return bindings;
  }

  /** `{a, b as c, "d" as e}`: pairs of the name before and after `as`. */
  #nameList(): [string, string][] {
    const names: [string, string][] = [];
    this.#at += 1;
    for (;;) {
      this.#skipBlank();
      if (this.#source.charAt(this.#at) === "}") {
        this.#at += 1;
        return names;
      }
      const first = this.#name();
      this.#skipBlank();
      let second = first;
      if (/^as[\s"']/.test(this.#source.slice(this.#at, this.#at + 3))) {
        this.#at += 2;
        second = this.#name();
        this.#skipBlank();
      }
      names.push([first, second]);
      const sign = this.#source.charAt(this.#at);
      if (sign === ",") this.#at += 1;
      else if (sign !== "}") throw this.#unexpected();
    }
  }

  #name(): string {
    this.#skipBlank();
    const sign = this.#source.charAt(this.#at);
    if (sign === '"' || sign === "'") return this.#string();
    const name = this.#match(PLAIN_IDENTIFIER);
    if (name === undefined) throw this.#unexpected();
    return name;
  }

  #expect(word: string): void {
    this.#skipBlank();
    if (this.#match(PLAIN_IDENTIFIER) !== word) throw this.#unexpected();
  }

  /** Import attributes, `with {type: "json"}`. */
  #attributes(): void {
    const saved = this.#at;
    this.#skipBlank();
    if (this.#match(PLAIN_IDENTIFIER) !== "with") this.#at = saved;
    else this.#at = this.#source.indexOf("}", this.#at) + 1;
  }

  #endOfStatement(): number {
    const saved = this.#at;
    this.#skipBlank();
    if (this.#source.charAt(this.#at) === ";") this.#at += 1;
    else this.#at = saved;
    this.#last = ";";
    this.#lastIsProperty = false;
    this.#regexAllowed = true;
    return this.#at;
  }

  #export(start: number): void {
    this.#skipBlank();
    const sign = this.#source.charAt(this.#at);
    if (sign === "*") throw new ModuleFault("A component may not re-export another module.");
    if (sign === "{") return this.#exportList(start);
    const word = this.#match(PLAIN_IDENTIFIER) ?? "";
    if (word === "default") this.#exportDefault(start);
    else this.#exportDeclaration(start, word);
  }

  #exportList(start: number): void {
    const names = this.#nameList().map(([local, exported]) => ({ exported, local }));
    const saved = this.#at;
    this.#skipBlank();
    if (this.#match(PLAIN_IDENTIFIER) === "from") {
      throw new ModuleFault("A component may not re-export another module.");
    }
    this.#at = saved;
    this.#exports.push({ start, end: this.#endOfStatement(), replacement: ";", names });
  }

  #exportDefault(start: number): void {
    this.#skipBlank();
    const declaration = this.#at;
    const head = this.#match(/(?:async\s+)?function\b\s*\*?|class\b(?!\s*\.)/y);
    if (head === undefined) {
      this.#push(start, declaration, `const ${DEFAULT_NAME}=`, DEFAULT_NAME);
      this.#last = "=";
      this.#regexAllowed = true;
      return;
    }
    this.#skipBlank();
    const afterHead = this.#at;
    const name = this.#match(PLAIN_IDENTIFIER);
    if (name !== undefined && !(head === "class" && name === "extends")) {
      this.#push(start, declaration, "", name);
    } else {
      this.#at = afterHead;
      this.#push(start, afterHead, `${head} ${DEFAULT_NAME} `, DEFAULT_NAME);
    }
    this.#last = DEFAULT_NAME;
    this.#regexAllowed = false;
  }

  #push(start: number, end: number, replacement: string, local: string): void {
    this.#exports.push({ start, end, replacement, names: [{ exported: "default", local }] });
    this.#lastIsProperty = false;
  }

  /** `export const a = 1, b = 2`, `export function f() {}`: the keyword goes, the first name is exported. */
  #exportDeclaration(start: number, word: string): void {
    const declaration = this.#at - word.length;
    if (word === "async") this.#expect("function");
    this.#skipBlank();
    this.#match(/\*/y);
    this.#skipBlank();
    const local = this.#match(PLAIN_IDENTIFIER);
    const names = local === undefined ? [] : [{ exported: local, local }];
    this.#exports.push({ start, end: declaration, replacement: "", names });
    this.#last = local ?? word;
    this.#lastIsProperty = false;
    this.#regexAllowed = false;
  }

  #unexpected(): ModuleFault {
    return new ModuleFault(`The component's module syntax is not understood at offset ${this.#at}.`);
  }
}
