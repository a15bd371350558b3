#!/usr/bin/env node
// A small server of the Wirelaw Chat Protocol, version 1, that keeps everything in memory.
//
//     node server.mjs --listen 127.0.0.1:7400
//
// Written from the protocol's document (spec/chat/CHAT.md) alone, with nothing but Node's standard library (18 or later);
// section numbers are those of the document. It announces RESUME and REGEX. What is received goes through one function
// that takes frames off a buffer; only hashing a password and listing accounts take more than one turn of the event loop,
// and meanwhile the connection's next frame waits.

import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { BadPattern, compile } from "./regex.mjs";

const REPLY = {
  WELCOME: 0x81, CREATED: 0x82, LOGGED_IN: 0x83, ACCOUNTS: 0x85, ACCEPTED: 0x86, DELIVER: 0x87,
  DELETED: 0x88, LOGGED_OUT: 0x89, GOODBYE: 0x8a, PONG: 0x8b, ERROR: 0xff,
};
const CODE = Object.fromEntries(
  ("TOO_LARGE BAD_ID UNKNOWN_OPCODE BAD_STATE MALFORMED BAD_FIELD UNSUPPORTED BAD_VERSION BAD_NAME BAD_PASSWORD " +
    "PASSWORD_MISMATCH NAME_TAKEN BAD_CREDENTIALS ALREADY_LOGGED_IN BAD_TOKEN BAD_PATTERN BAD_CURSOR NO_SUCH_USER " +
    "KEY_CONFLICT INBOX_FULL BAD_ACK BAD_CONFIRMATION BUSY INTERNAL").split(" ").map((name, i) => [name, i + 1]));
const CLOSING = new Set(["TOO_LARGE", "BAD_ID", "BAD_VERSION"]);
const REASON = { BYE: 0, SHUTDOWN: 1, REPLACED: 2, IDLE: 3, NO_HELLO: 4 };
const BY = { ALL: 0, WILDCARD: 1, REGEX: 2 };
const FEATURES = 0b0011; // RESUME and REGEX
const LARGEST_BODY = { connected: 1024, guest: 1024, member: 65536 };
const HELLO_TIMEOUT = 5000, WRITE_TIMEOUT = 10000, DRAIN_TIMEOUT = 1000; // ms

const AGENT = Buffer.from("peer.mjs/1.0");
const INBOX = 500, PAGE = 100, WINDOW = 32, KEY_RETENTION = 3600, TOKEN_LIFE = 86400;
const MOST_CONNECTIONS = 1000, MOST_HASHES = 200, MOST_UNSENT = 256 << 10;
const SCRYPT = { N: 1 << 14, r: 8, p: 1, maxmem: 64 << 20 };

class Refused extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

// --- Bytes (section 3) ---

class Body {
  static utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(bytes) {
    this.left = bytes;
  }

  bytes(count) {
    if (count > this.left.length) throw new Refused("MALFORMED", "the body ends within a field");
    const taken = this.left.subarray(0, count);
    this.left = this.left.subarray(count);
    return Buffer.from(taken);
  }

  number(width) {
    return this.bytes(width).readUIntBE(0, width);
  }

  u64() {
    return this.bytes(8).readBigUInt64BE();
  }

  string(width) {
    const bytes = this.bytes(this.number(width));
    try {
      Body.utf8.decode(bytes);
    } catch {
      throw new Refused("MALFORMED", "a string is not UTF-8");
    }
    return bytes;
  }
}

const number = (width, value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes.subarray(8 - width);
};
const counted = (width, bytes) => Buffer.concat([number(width, bytes.length), bytes]);
const hash = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const identity = (name) => name.toString("latin1").toLowerCase(); // names are ASCII here

// --- What the document says of the requests: how they are laid out, and their limits in order (sections 5 and 9) ---

const demand = (good, code, text) => {
  if (!good) throw new Refused(code, text);
};
const isName = (v) => demand(/^[A-Za-z0-9._-]{1,50}$/.test(v.toString("latin1")) && !v.includes(10), "BAD_NAME",
  "a name has 1 to 50 of the letters, the digits, '.', '_' and '-'");
const isPassword = (v) => demand(/^[ -~]{6,24}$/.test(v.toString("latin1")) && !v.includes(10), "BAD_PASSWORD",
  "a password has 6 to 24 printable ASCII characters");
const isWindow = (v) => demand(v >= 1, "BAD_FIELD", "the window must be at least 1");
const meets = (good) => demand(good, "BAD_VERSION", "this server speaks version 1 only");

const REQUESTS = new Map([
  [0x01, { name: "HELLO", states: ["connected"],
    layout(body) { // the versions are judged as soon as they are read; what follows the keepalive is ignored
      meets(body.number(2) <= 1);
      meets(body.number(2) >= 1);
      const m = { agent: body.string(1), keepalive: body.number(2) };
      body.left = Buffer.alloc(0);
      return m;
    },
    limits(m) {
      demand(m.agent.length <= 64, "BAD_FIELD", "the agent has at most 64 bytes");
      demand(m.keepalive >= 1 && m.keepalive <= 300, "BAD_FIELD", "the keepalive is 1 to 300 seconds");
    } }],
  [0x02, { name: "CREATE", states: ["guest"],
    layout: (body) => ({ name: body.string(1), password: body.string(1), again: body.string(1) }),
    limits: (m) => { isName(m.name); isPassword(m.password); isPassword(m.again); } }],
  [0x03, { name: "LOGIN", states: ["guest"],
    layout: (body) => ({ name: body.string(1), password: body.string(1), window: body.number(2) }),
    limits: (m) => { isName(m.name); isPassword(m.password); isWindow(m.window); } }],
  [0x04, { name: "RESUME", states: ["guest"],
    layout: (body) => ({ token: body.bytes(body.number(1)), window: body.number(2) }),
    limits(m) {
      demand(m.token.length <= 64, "BAD_TOKEN", "a token has at most 64 bytes");
      isWindow(m.window);
    } }],
  [0x05, { name: "LIST", states: ["member"],
    layout: (body) => ({ by: body.number(1), pattern: body.string(2), cursor: body.bytes(body.number(1)),
      limit: body.number(2) }),
    limits(m) {
      demand(m.by <= 2, "BAD_FIELD", "there is no such way of listing");
      demand(m.pattern.length <= 256, "BAD_PATTERN", "a pattern has at most 256 bytes");
    } }],
  [0x06, { name: "SEND", states: ["member"],
    layout: (body) => ({ key: body.bytes(16), to: body.string(1), text: body.string(2) }),
    limits(m) {
      isName(m.to);
      demand(m.text.length >= 1 && m.text.length <= 16384, "BAD_FIELD", "a text has 1 to 16384 bytes");
    } }],
  [0x07, { name: "ACK", states: ["member"], layout: (body) => ({ sequence: body.u64() }), limits() {} }],
  [0x08, { name: "DELETE", states: ["member"], layout: (body) => ({ name: body.string(1) }), limits: (m) => isName(m.name) }],
  [0x09, { name: "LOGOUT", states: ["member"], layout: () => ({}), limits() {} }],
  [0x0a, { name: "BYE", states: ["connected", "guest", "member"], layout: () => ({}), limits() {} }],
  [0x0b, { name: "PING", states: ["connected", "guest", "member"], layout: () => ({}), limits() {} }],
]);

// --- Accounts ---

const accounts = new Map(); // by identity form
const tokens = new Map(); // hash of a token in hexadecimal -> account
const connections = new Set();
const secret = randomBytes(32); // seals cursors
let sorted = null; // identity forms in order; null after a change
let hashing = 0;

// lastNumber lets numbers rise with the clock, so that no incarnation or epoch is used again after a restart.
let lastNumber = 0;
const unused = () => (lastNumber = Math.max(lastNumber + 1, Date.now() * 1000));

function slowHash(password, salt) {
  demand(hashing < MOST_HASHES, "BUSY", "too many passwords are waiting to be checked; try again later");
  hashing++;
  return new Promise((resolve, reject) => scrypt(password, salt, 32, SCRYPT, (error, digest) => {
    hashing--;
    if (error) reject(error);
    else resolve(digest);
  }));
}

function endToken(account) {
  tokens.delete(account.token);
  account.token = null;
}

function wildcard(pattern) {
  let escaped = false;
  const tokens = [];
  for (const c of pattern.toLowerCase()) {
    if (escaped || !"*?\\".includes(c)) tokens.push({ c });
    else if (c !== "\\") tokens.push({ run: c === "*", any: true });
    escaped = !escaped && c === "\\";
  }
  demand(!escaped, "BAD_PATTERN", "a wildcard must not end in a lone backslash");
  return (name) => {
    let reach = new Set([0]); // how many tokens may have been used up so far
    const pass = (set) => {
      for (const t of set) if (tokens[t]?.run) set.add(t + 1); // a run may be empty; the set grows meanwhile
      return set;
    };
    pass(reach);
    for (const c of name) {
      const next = new Set();
      for (const t of reach) {
        if (tokens[t]?.run) next.add(t);
        else if (tokens[t]?.any || tokens[t]?.c === c) next.add(t + 1);
      }
      reach = pass(next);
    }
    return reach.has(tokens.length);
  };
}

// --- Handlers: one for each request. Each answers on its connection or throws Refused. ---

const HANDLERS = {
  HELLO(conn, id, m) {
    conn.keepalive = m.keepalive;
    conn.state = "guest";
    conn.write(REPLY.WELCOME, id, number(2, 1), counted(1, AGENT), number(4, FEATURES), number(2, m.keepalive),
      number(4, INBOX), number(2, PAGE), number(2, WINDOW), number(4, KEY_RETENTION), number(4, TOKEN_LIFE));
  },

  async CREATE(conn, id, m) {
    demand(m.password.equals(m.again), "PASSWORD_MISMATCH", "the password and its repetition differ");
    const isFree = () => demand(!accounts.has(identity(m.name)), "NAME_TAKEN", "an account of this name exists");
    isFree();
    const salt = randomBytes(16);
    const digest = await slowHash(m.password, salt);
    isFree(); // still?
    accounts.set(identity(m.name), {
      name: m.name, identity: identity(m.name), salt, digest, incarnation: unused(), epoch: unused(), token: null,
      expires: 0, sequence: 0n, acked: 0n, inbox: [], keys: new Map(), session: null,
    });
    sorted = null;
    conn.write(REPLY.CREATED, id);
  },

  async LOGIN(conn, id, m) {
    const account = accounts.get(identity(m.name));
    const digest = await slowHash(m.password, account?.salt ?? Buffer.alloc(16));
    const right = timingSafeEqual(digest, account?.digest ?? Buffer.alloc(32));
    demand(account && right && accounts.get(account.identity) === account, "BAD_CREDENTIALS",
      "the user name or the password is wrong");
    demand(!account.session, "ALREADY_LOGGED_IN", "the account is logged in on another connection");
    if (conn.state === "closed") return; // the client has gone meanwhile
    const token = randomBytes(24);
    endToken(account);
    account.token = hash(token).toString("hex");
    account.expires = Date.now() + TOKEN_LIFE * 1000;
    tokens.set(account.token, account);
    conn.begin(id, account, m.window, token);
  },

  RESUME(conn, id, m) {
    const account = tokens.get(hash(m.token).toString("hex"));
    demand(account && account.expires > Date.now(), "BAD_TOKEN", "the resume token does not work (any more)");
    account.session?.conn.part("REPLACED", "the session was resumed on another connection");
    conn.begin(id, account, m.window, m.token);
  },

  async LIST(conn, id, m) {
    const pattern = m.pattern.toString();
    demand(m.by !== BY.ALL || pattern === "", "BAD_PATTERN", "a listing of all accounts takes no pattern");
    let matches = () => true;
    if (m.by === BY.WILDCARD) matches = wildcard(pattern);
    if (m.by === BY.REGEX) matches = compile(pattern);
    const seal = (name) => createHmac("sha256", secret).update(Buffer.concat([number(1, m.by), counted(2, m.pattern),
      Buffer.from(name, "latin1")])).digest().subarray(0, 16);
    const after = m.cursor.subarray(16).toString("latin1");
    demand(m.cursor.length === 0 || (m.cursor.length > 16 && timingSafeEqual(m.cursor.subarray(0, 16), seal(after))),
      "BAD_CURSOR", "this listing has no such cursor");
    const most = Math.min(m.limit || PAGE, PAGE), page = [];
    sorted ??= [...accounts.keys()].sort();
    let breath = Date.now();
    for (const name of sorted) { // the array is never changed, only replaced
      if (page.length > most) break;
      if (name > after && matches(name)) page.push(name);
      if (Date.now() - breath > 5) {
        await new Promise(setImmediate);
        breath = Date.now();
      }
    }
    let next = Buffer.alloc(0);
    if (page.length > most) {
      page.pop();
      next = Buffer.concat([seal(page.at(-1)), Buffer.from(page.at(-1), "latin1")]);
    }
    const names = page.filter((name) => accounts.has(name)).map((name) => counted(1, accounts.get(name).name));
    conn.write(REPLY.ACCOUNTS, id, number(2, names.length), ...names, counted(1, next));
  },

  SEND(conn, id, m) {
    const sender = conn.session.account, now = Date.now();
    for (const [key, used] of sender.keys) { // the oldest come first
      if (now - used.time <= KEY_RETENTION * 1000) break;
      sender.keys.delete(key);
    }
    const key = m.key.toString("hex"), digest = hash(counted(1, Buffer.from(identity(m.to), "latin1")), m.text);
    const used = sender.keys.get(key);
    if (used) {
      demand(used.digest.equals(digest), "KEY_CONFLICT", "the key was used before for another message");
      return conn.write(REPLY.ACCEPTED, id, number(8, used.time), number(1, 1));
    }
    const recipient = accounts.get(identity(m.to));
    demand(recipient, "NO_SUCH_USER", "there is no account of this name");
    demand(recipient.inbox.length < INBOX, "INBOX_FULL", "the recipient's inbox is full");
    sender.keys.set(key, { digest, time: now });
    recipient.inbox.push({ sequence: ++recipient.sequence, from: sender.name, incarnation: sender.incarnation, time: now,
      text: m.text });
    conn.write(REPLY.ACCEPTED, id, number(8, now), number(1, 0));
    recipient.session?.conn.deliver();
  },

  ACK(conn, _id, m) {
    const { session } = conn, { account } = session;
    demand(m.sequence <= session.shown, "BAD_ACK", "the sequence is above everything that was delivered in this session");
    if (m.sequence <= account.acked) return;
    account.acked = m.sequence;
    while (account.inbox.length > 0 && account.inbox[0].sequence <= m.sequence) {
      account.inbox.shift();
      session.open--;
    }
    conn.deliver();
  },

  DELETE(conn, id, m) {
    const { account } = conn.session;
    demand(identity(m.name) === account.identity, "BAD_CONFIRMATION", "this is not the name of the account");
    endToken(account);
    conn.endSession();
    conn.state = "guest";
    accounts.delete(account.identity);
    sorted = null;
    conn.write(REPLY.DELETED, id);
  },

  LOGOUT(conn, id) {
    endToken(conn.session.account);
    conn.endSession();
    conn.state = "guest";
    conn.write(REPLY.LOGGED_OUT, id);
  },

  BYE(conn, id) {
    conn.part("BYE", "", id);
  },

  PING(conn, id) {
    conn.write(REPLY.PONG, id);
  },
};

// --- Connections ---

class Connection {
  constructor(socket) {
    Object.assign(this, { socket, state: "connected", session: null, keepalive: 0, unread: Buffer.alloc(0), busy: false,
      ended: false, queued: 0, alarm: null, stuck: null });
    connections.add(this);
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      if (this.state === "closed") return; // draining
      if (this.unread.length === 0 && !this.busy) this.wake(); // a frame begins
      this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
      this.work();
    });
    socket.on("drain", () => this.work());
    socket.on("end", () => {
      this.ended = true;
      this.work();
    });
    socket.on("error", () => {});
    socket.on("close", () => this.forget());
    this.alarm = setTimeout(() => this.part("NO_HELLO", "HELLO did not come in time"), HELLO_TIMEOUT);
    if (connections.size > MOST_CONNECTIONS) {
      this.refuse(0, new Refused("BUSY", "the server has no room for more connections; try again later"));
      this.close();
    }
  }

  // wake begins to wait for what must come next: a frame, or the rest of one. HELLO has its own time, from the start.
  wake() {
    if (this.state !== "guest" && this.state !== "member") return;
    clearTimeout(this.alarm);
    this.alarm = setTimeout(() => this.part("IDLE", "nothing was heard for too long"), 1500 * this.keepalive);
  }

  // work takes whole frames off what was received, one at a time, until there is none or one needs more time.
  work() {
    while (!this.busy && this.state !== "closed") {
      if (this.socket.writableLength > MOST_UNSENT) return void this.socket.pause(); // goes on with "drain"
      const held = this.unread;
      if (held.length < 8) break;
      const opcode = held[0], length = held.readUIntBE(1, 3), id = held.readUInt32BE(4);
      try {
        demand(length <= LARGEST_BODY[this.state], "TOO_LARGE", `a body has at most ${LARGEST_BODY[this.state]} bytes here`);
        demand(id !== 0, "BAD_ID", "a request must not have id 0");
        if (held.length < 8 + length) break;
        this.unread = held.subarray(8 + length);
        const later = this.judge(opcode, id, new Body(held.subarray(8, 8 + length)));
        if (later) this.wait(later, id);
      } catch (error) {
        this.refuse(id, error);
      }
      this.wake();
    }
    if (this.busy) return;
    if (this.ended && this.state !== "closed") return this.close(); // what is left is a frame that was cut off
    this.socket.resume();
  }

  wait(promise, id) {
    this.busy = true;
    clearTimeout(this.state === "connected" ? undefined : this.alarm);
    this.socket.pause();
    promise.catch((error) => this.refuse(id, error)).then(() => {
      this.busy = false;
      this.wake();
      this.work();
    });
  }

  // judge does the checks that follow those of the header, in the order of section 5, and calls the handler.
  judge(opcode, id, body) {
    const request = REQUESTS.get(opcode);
    demand(request, "UNKNOWN_OPCODE", `no client message has opcode ${opcode}`);
    demand(request.states.includes(this.state), "BAD_STATE", `${request.name} is not legal in state ${this.state}`);
    const message = request.layout(body);
    demand(body.left.length === 0, "MALFORMED", "bytes are left over after the last field");
    request.limits(message);
    return HANDLERS[request.name](this, id, message);
  }

  refuse(id, error) {
    if (error instanceof BadPattern) error = new Refused("BAD_PATTERN", error.message);
    if (!(error instanceof Refused)) {
      console.error(error);
      error = new Refused("INTERNAL", "the server failed");
    }
    const closing = CLOSING.has(error.code);
    if (closing) this.endSession();
    this.write(REPLY.ERROR, id, number(2, CODE[error.code]), counted(2, Buffer.from(error.message)),
      error.code === "BAD_VERSION" ? Buffer.from([0, 1, 0, 1]) : Buffer.alloc(0));
    if (closing) this.close();
  }

  write(opcode, id, ...fields) {
    if (this.state === "closed") return;
    const body = Buffer.concat(fields);
    this.queued += 8 + body.length;
    this.socket.write(Buffer.concat([number(1, opcode), number(3, body.length), number(4, id), body]));
    this.stuck ??= this.watch();
  }

  // watch closes the connection if nothing has got through for WRITE_TIMEOUT (FRAME-11).
  watch() {
    if (this.socket.writableLength === 0) return null;
    const before = this.queued - this.socket.writableLength;
    return setTimeout(() => {
      if (this.socket.writableLength > 0 && this.queued - this.socket.writableLength === before) this.socket.destroy();
      else this.stuck = this.watch();
    }, WRITE_TIMEOUT);
  }

  begin(id, account, window, token) {
    this.session = account.session = { conn: this, account, window: Math.min(window, WINDOW), shown: account.acked, open: 0 };
    this.state = "member";
    this.write(REPLY.LOGGED_IN, id, counted(1, account.name), number(8, account.incarnation), number(8, account.epoch),
      number(4, account.inbox.length), counted(1, token));
    this.deliver();
  }

  // deliver sends what is due: not yet shown in this session, and within the window. The open ones begin the inbox.
  deliver() {
    const { session } = this, { inbox } = session.account;
    while (session.open < session.window && session.open < inbox.length) {
      const m = inbox[session.open++];
      session.shown = m.sequence;
      this.write(REPLY.DELIVER, 0, number(8, m.sequence), counted(1, m.from), number(8, m.incarnation), number(8, m.time),
        counted(2, m.text));
    }
  }

  endSession() {
    if (this.session) this.session.account.session = null;
    this.session = null;
  }

  part(reason, text, id = 0) {
    this.endSession();
    this.write(REPLY.GOODBYE, id, number(1, REASON[reason]), counted(2, Buffer.from(text)));
    this.close();
  }

  // close ends our side, reads on for a while, and only then closes (FRAME-8).
  close() {
    if (this.state === "closed") return;
    this.endSession();
    this.state = "closed";
    this.unread = Buffer.alloc(0);
    clearTimeout(this.alarm);
    this.socket.resume();
    this.socket.end(() => {
      this.alarm = setTimeout(() => this.socket.destroy(), DRAIN_TIMEOUT);
    });
  }

  forget() {
    this.endSession();
    this.state = "closed";
    clearTimeout(this.alarm);
    clearTimeout(this.stuck);
    connections.delete(this);
  }
}

// --- Main ---

function main() {
  let listen;
  try {
    listen = parseArgs({ options: { listen: { type: "string", default: "127.0.0.1:7400" } } }).values.listen;
  } catch (error) {
    console.error(`server.mjs: ${error.message}`);
    process.exit(2);
  }
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(listen) ?? [];
  if (port === undefined) {
    console.error(`server.mjs: --listen takes HOST:PORT, not "${listen}"`);
    process.exit(2);
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => new Connection(socket));
  server.on("error", (error) => {
    console.error(`server.mjs: ${error.message}`);
    process.exit(1);
  });
  server.listen({ host, port: Number(port), backlog: 1024 }, () => console.error(`listening on ${listen}`));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      for (const conn of connections) conn.part("SHUTDOWN", "the server is stopping");
      setTimeout(() => process.exit(0), 2 * DRAIN_TIMEOUT);
    });
  }
}

main();
