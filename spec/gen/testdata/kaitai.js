// Compiles a description with the compiler of Kaitai Struct and parses vectors with what comes out. Reads {ksy, vectors} as JSON,
// prints a line for each thing that is wrong, and at the end how many vectors were parsed and refused.
// Needs the npm packages kaitai-struct-compiler, kaitai-struct and js-yaml.
const fs = require('fs');
const Module = require('module');
const yaml = require('js-yaml');
const Compiler = require('kaitai-struct-compiler');
const {KaitaiStream} = {KaitaiStream: require('kaitai-struct/KaitaiStream')};

const {ksy, vectors} = JSON.parse(fs.readFileSync(0, 'utf8'));
const camel = name => name.replace(/_(.)/g, (_, c) => c.toUpperCase());
const hex = b => Buffer.from(b).toString('hex');

// bytes reads "0102 78*65".
function bytes(text) {
  const out = [];
  for (const group of text.split(' ').filter(Boolean)) {
    const [digits, times] = group.split('*');
    for (let i = 0; i < Number(times || 1); i++) out.push(Buffer.from(digits, 'hex'));
  }
  return Buffer.concat(out);
}

// same compares what was parsed with what a vector says.
function same(got, want) {
  if (want && typeof want === 'object' && 'repeat' in want && 'times' in want) {
    if (typeof want.repeat === 'string') return got === want.repeat.repeat(want.times);
    want = Array(want.times).fill(want.repeat[0]);
  }
  if (want === null) return got === undefined;
  if (got && typeof got === 'object' && 'groups' in got) got = got.value;
  if (Array.isArray(want)) {
    const list = got.filter(e => e.end === undefined);
    return list.length === want.length && want.every((e, i) => same(list[i].value, e));
  }
  if (got instanceof Uint8Array) return hex(got) === hex(bytes(want));
  if (typeof want === 'object') return Object.keys(want).every(k => same(got[camel(k)], want[k]));
  if (typeof want === 'boolean') return Boolean(got) === want;
  if (typeof got === 'number') return got === Number(want) || Math.abs(got) > 2 ** 53 && Math.abs(got / Number(want) - 1) < 1e-8; // the runtime has floats only
  return got === want;
}

// body returns the parsed message: it may lie within the choice of several; undefined if it stays bytes.
function body(frame) {
  let m = Object.values(frame).find(v => v && typeof v === 'object' && '_io' in v && !('groups' in v) && v !== frame._parent && v !== frame._root);
  while (m && m.message && m.message._io) m = m.message;
  return m && m.undecided instanceof Uint8Array ? undefined : m || {};
}

async function main() {
  const compiler = typeof Compiler === 'function' ? new Compiler() : Compiler;
  const files = await compiler.compile('javascript', yaml.load(ksy), null, false);
  const [name, source] = Object.entries(files)[0];
  const module = new Module('/' + name);
  module.paths = (process.env.NODE_PATH || '').split(':').concat(require.resolve.paths('kaitai-struct') || []);
  module._compile(source, '/' + name);
  const exported = module.exports;
  const Root = typeof exported === 'function' ? exported : Object.values(exported)[0];
  let parsed = 0, refused = 0, left = 0;
  for (const v of vectors) {
    let root;
    try {
      root = new Root(new KaitaiStream(bytes(v.frame)), null, null, v.side, v.layout);
      if (root._read && !root.frame) root._read();
    } catch (e) {
      if (v.accept) console.log(`${v.id}: ${e}`);
      refused++;
      continue;
    }
    const m = body(root.frame);
    if (m === undefined) {
      left++;
      continue;
    }
    if (!v.accept) {
      console.log(`${v.id}: is parsed`);
      continue;
    }
    parsed++;
    for (const [k, want] of Object.entries(v.accept)) {
      const key = camel(k);
      const got = m && key in m && m[key] !== undefined ? m[key] : root.frame[key];
      if (!same(got, want)) console.log(`${v.id}: ${k} is ${got instanceof Uint8Array ? hex(got) : got}, want ${JSON.stringify(want)}`);
    }
  }
  console.log(`${parsed} parsed, ${refused} refused, ${left} left as bytes`);
}

main();
