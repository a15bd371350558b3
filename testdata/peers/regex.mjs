// Regular expressions as LIST takes them (CHAT.md, section 9.8), matched by simulating an automaton: the time is linear in
// the length of the name, whatever the expression is. Names are ASCII, in lower case, at most 50 characters long.

const LONGEST = 50; // characters in a name; nothing needs to repeat more often
const MOST_STEPS = 5000; // size of a program

export class BadPattern extends Error {}

const isDigit = (c) => c >= "0" && c <= "9";
const isWord = (c) => isDigit(c) || (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_";
const isSpace = (c) => c !== "" && " \t\n\r\f\v".includes(c);
const isPunctuation = (c) => c > " " && c < "\x7f" && (!isWord(c) || c === "_");
const CLASSES = {
  d: isDigit, w: isWord, s: isSpace,
  D: (c) => !isDigit(c), W: (c) => !isWord(c), S: (c) => !isSpace(c),
};

// compile returns a function that says whether the expression is found in a name in lower case.
// It throws BadPattern if the expression is outside the subset, or would need too large a program.
export function compile(pattern) {
  const program = assemble(new Parser(pattern).parse());
  return (name) => run(program, name);
}

// The parser makes a tree. Each node tells `min`, the fewest characters that it consumes.
class Parser {
  constructor(pattern) {
    this.characters = [...pattern];
    this.at = 0;
  }

  peek() {
    return this.characters[this.at] ?? "";
  }

  take(expected) {
    if (this.peek() !== expected || expected === "") return false;
    this.at++;
    return true;
  }

  parse() {
    const tree = this.alternatives();
    if (this.at < this.characters.length) throw new BadPattern("a parenthesis closes nothing");
    return tree;
  }

  alternatives() {
    const nodes = [this.sequence()];
    while (this.take("|")) nodes.push(this.sequence());
    return { kind: "or", nodes, min: Math.min(...nodes.map((n) => n.min)) };
  }

  sequence() {
    const nodes = [];
    while (!["", "|", ")"].includes(this.peek())) nodes.push(this.repetition());
    return { kind: "and", nodes, min: nodes.reduce((sum, n) => sum + n.min, 0) };
  }

  repetition() {
    const node = this.atom();
    let from, to;
    if (this.take("*")) [from, to] = [0, Infinity];
    else if (this.take("+")) [from, to] = [1, Infinity];
    else if (this.take("?")) [from, to] = [0, 1];
    else if (this.take("{")) [from, to] = this.counts();
    else return node;
    if (["*", "+", "?", "{"].includes(this.peek())) throw new BadPattern("a repetition cannot be repeated");
    if (to >= LONGEST) to = Infinity;
    if (node.min === 0) from = Math.min(from, LONGEST);
    return { kind: "repeat", node, from, to, min: from * node.min };
  }

  counts() {
    const from = this.count();
    let to = from;
    if (this.take(",")) to = this.peek() === "}" ? Infinity : this.count();
    if (!this.take("}")) throw new BadPattern("a repetition is {n}, {n,} or {n,m}");
    if (to < from) throw new BadPattern("a repetition ends below its beginning");
    return [from, to];
  }

  count() {
    let digits = "";
    while (isDigit(this.peek())) digits += this.characters[this.at++];
    if (!/^(0|[1-9][0-9]*)$/.test(digits) || Number(digits) > 100) {
      throw new BadPattern("a repetition takes numbers from 0 to 100, without leading zeros");
    }
    return Number(digits);
  }

  atom() {
    const c = this.characters[this.at++];
    switch (c) {
      case "(": return this.group();
      case "[": return this.set();
      case ".": return { kind: "one", test: () => true, min: 1 };
      case "^": return { kind: "begin", min: 0 };
      case "$": return { kind: "end", min: 0 };
      case "\\": return this.escape();
      case "*": case "+": case "?": case "{": throw new BadPattern("there is nothing to repeat");
      case "]": case "}": throw new BadPattern("a bracket closes nothing");
      default: return literal(c);
    }
  }

  group() {
    if (this.take("?") && !this.take(":")) throw new BadPattern("a group begins with ( or (?:");
    const tree = this.alternatives();
    if (!this.take(")")) throw new BadPattern("a parenthesis is not closed");
    return tree;
  }

  escape() {
    const c = this.characters[this.at++] ?? "";
    if (Object.hasOwn(CLASSES, c)) return { kind: "one", test: CLASSES[c], min: 1 };
    if (!isPunctuation(c)) throw new BadPattern("there is no such escape");
    return literal(c);
  }

  set() {
    const negated = this.take("^");
    const tests = [];
    while (!this.take("]")) {
      const low = this.member();
      if (typeof low === "function") {
        tests.push(low);
      } else if (this.peek() === "-" && this.characters[this.at + 1] !== "]") {
        this.at++;
        const high = this.member();
        if (typeof high === "function" || high.codePointAt(0) < low.codePointAt(0)) {
          throw new BadPattern("a range ends below its beginning");
        }
        tests.push((c) => c.codePointAt(0) >= low.codePointAt(0) && c.codePointAt(0) <= high.codePointAt(0));
      } else {
        tests.push((c) => c === low);
      }
    }
    if (tests.length === 0) throw new BadPattern("a class is empty");
    const has = (c) => tests.some((test) => test(c) || test(c.toUpperCase()));
    return { kind: "one", test: negated ? (c) => !has(c) : has, min: 1 };
  }

  member() {
    const c = this.characters[this.at++];
    if (c === undefined) throw new BadPattern("a class is not closed");
    if (c === "[" && this.peek() === ":") throw new BadPattern("named classes are not known");
    if (c !== "\\") return c;
    const escaped = this.characters[this.at++] ?? "";
    if (Object.hasOwn(CLASSES, escaped)) return CLASSES[escaped];
    if (!isPunctuation(escaped)) throw new BadPattern("there is no such escape");
    return escaped;
  }
}

function literal(c) {
  const lower = c.toLowerCase();
  return { kind: "one", test: (other) => other === lower, min: 1 };
}

// A program is a list of steps: {test} consumes a character; {fork: [a, b]} goes on at both; {begin} and {end} pass at
// the edges of the name; {fail} never passes; the last one is {found}.
function assemble(tree) {
  const program = [];
  const add = (step) => {
    if (program.length >= MOST_STEPS) throw new BadPattern("the expression is too large");
    return program.push(step) - 1;
  };
  const emit = (node) => {
    if (node.min > LONGEST) return add({ fail: true }); // no name is as long as that
    switch (node.kind) {
      case "one": return add({ test: node.test });
      case "begin": return add({ begin: true });
      case "end": return add({ end: true });
      case "and": return node.nodes.forEach(emit);
      case "or": {
        const exits = [];
        node.nodes.forEach((alternative, i) => {
          if (i === node.nodes.length - 1) return emit(alternative);
          const fork = add({ fork: [program.length + 1] });
          emit(alternative);
          exits.push(add({ fork: [] }));
          program[fork].fork.push(program.length);
        });
        return exits.forEach((exit) => program[exit].fork.push(program.length));
      }
      case "repeat": {
        for (let i = 0; i < node.from; i++) emit(node.node);
        if (node.to === Infinity) {
          const fork = add({ fork: [program.length + 1] });
          emit(node.node);
          add({ fork: [fork] });
          program[fork].fork.push(program.length);
          return;
        }
        const forks = [];
        for (let i = node.from; i < node.to; i++) {
          forks.push(add({ fork: [program.length + 1] }));
          emit(node.node);
        }
        forks.forEach((fork) => program[fork].fork.push(program.length));
      }
    }
  };
  emit(tree);
  program.push({ found: true });
  return program;
}

// run keeps the set of steps that can be reached; each character takes at most one look at each step.
function run(program, name) {
  let here = [];
  const seen = new Int32Array(program.length).fill(-1);
  for (let at = 0; at <= name.length; at++) {
    const stack = [0, ...here].reverse(); // searched for anywhere: begins anew at every character
    const waiting = [];
    while (stack.length > 0) {
      const number = stack.pop();
      if (seen[number] === at) continue;
      seen[number] = at;
      const step = program[number];
      if (step.found) return true;
      if (step.fork) stack.push(...step.fork);
      else if (step.test) waiting.push(number);
      else if ((step.begin && at === 0) || (step.end && at === name.length)) stack.push(number + 1);
    }
    if (at === name.length) return false;
    here = waiting.filter((number) => program[number].test(name[at])).map((number) => number + 1);
  }
  return false;
}
