-- The dissector proper.

local taken, name = {}, T.id
for _, known in ipairs(DissectorTable and Dissector.list and Dissector.list() or {}) do taken[known] = true end
while taken[name] do name = name .. "_wl" end

local proto = Proto(name, T.title)
local fields, all = {}, {}

local function register(key, make, label, ...)
  local f = make(name .. "." .. key, label, ...)
  fields[key], all[#all + 1] = f, f
end

local function maker(t)
  if t.kind == "bool" then return ProtoField.uint8 end
  if t.kind == "string" then return ProtoField.string end
  if t.kind == "uint" or t.kind == "int" then
    local bits = t.bits or 8 * (t.width or 1)
    if t.varint then bits = 7 * t.varint end
    return ProtoField[t.kind .. (bits > 32 and 64 or bits > 24 and 32 or bits > 16 and 24 or bits > 8 and 16 or 8)]
  end
  return ProtoField.bytes
end

local function register_all(list, prefix)
  for _, f in ipairs(list) do
    local t = f.type
    while t.kind == "array" do t = t.of end
    f.id = prefix .. f.name
    if t.kind == "struct" then
      register_all(t.fields, f.id .. ".")
    elseif not fields[f.id] then
      register(f.id, maker(t), f.name, nil, nil, nil, f.doc)
    end
  end
end

for _, layout in ipairs(T.layouts) do register_all(layout.fields, "") end
for _, m in ipairs(T.messages) do
  register_all(m.head, "")
  register_all(m.fields, m.name:lower() .. ".")
end
register("request_in", ProtoField.framenum, "Request in", base.NONE, frametype.REQUEST)
register("response_in", ProtoField.framenum, "Response in", base.NONE, frametype.RESPONSE)
register("time", ProtoField.relative_time, "Time since request")
register("message", ProtoField.string, "Message")
register("state", ProtoField.string, "State")
proto.fields = all

local expert = {
  layout = ProtoExpert.new(name .. ".malformed", "The frame is not as laid out", expert.group.MALFORMED, expert.severity.ERROR),
  opcode = ProtoExpert.new(name .. ".unknown", "No message has this opcode", expert.group.UNDECODED, expert.severity.WARN),
  limits = ProtoExpert.new(name .. ".limit", "A value is outside its limits", expert.group.PROTOCOL, expert.severity.WARN),
  refused = ProtoExpert.new(name .. ".refused", "A request was refused", expert.group.RESPONSE_CODE, expert.severity.NOTE),
}
proto.experts = {expert.layout, expert.opcode, expert.limits, expert.refused}

proto.prefs.port = Pref.uint("TCP port", T.port, "The port of the server; 0: none, use Decode As")
proto.prefs.secrets = Pref.bool("Show secrets", false, "Show passwords, tokens and the like")
proto.prefs.state = Pref.string("State", "", "The state of connections whose beginning was not captured; empty: that of a new one")

local stream = Field.new("tcp.stream")
local conversations, visited = {}, {}

local function conversation(pinfo)
  local key = tonumber(tostring(stream())) or 0
  if not conversations[key] then
    local state = T.states[proto.prefs.state] and proto.prefs.state or T.start
    local server = pinfo.src_port == proto.prefs.port and pinfo.src_port or pinfo.dst_port
    conversations[key] = {state = state, pending = {}, server = server, answers = {}, preface = {}}
  end
  return conversations[key]
end

local because_layout = {truncated = true, trailing = true, utf8 = true, varint = true, length = true}

-- complain shows what is wrong.
local function complain(tree, why)
  local kind = why.because == "opcode" and "opcode" or because_layout[why.because] and "layout" or "limits"
  local words = (why.field == "" and "body" or why.field) .. "." .. why.because
  if why.limit then words = words .. " " .. tostring(num(why.limit)) end
  if why.error then words = words .. ", " .. why.error end
  tree:add_proto_expert_info(expert[kind], string.format("%s, at %d", words, why.offset))
end

-- show adds spans to a tree. Secrets are items without bytes, unless the preferences say otherwise.
local function show(tree, tvb, spans, message)
  for _, s in ipairs(spans) do
    local f = s.field and s.field.id and fields[s.field.id]
    local words = s.text == "" and s.path or s.path .. ": " .. s.text
    local item
    if s.type and s.type.secret and not proto.prefs.secrets then
      item = tree:add(tvb(s.off, 0), s.path .. ": [secret]")
    elseif #s.children > 0 or not f or s.value == nil then
      item = tree:add(tvb(s.off, s.len), words)
    else
      local v, range = s.value, tvb(s.off, s.len)
      if s.field.role == "opcode" then words = s.path .. ": " .. (message and message.name or string.format("0x%02x, unknown", num(v))) end
      if type(v) == "string" and (s.type.kind == "uint" or s.type.kind == "int") then
        v = (s.type.kind == "int" and Int64 or UInt64).fromhex(v)
      elseif type(v) == "number" and (s.type.varint and s.type.varint > 4 or (s.type.bits or 8 * (s.type.width or 1)) > 32) then
        v = UInt64(v % 2 ^ 32, math.floor(v / 2 ^ 32))
      end
      if s.type.kind == "bytes" or s.type.kind == "rest" then item = tree:add(f, range) else item = tree:add(f, range, v) end
      item:set_text(words)
    end
    show(item, tvb, s.children, message)
  end
end

-- matched adds what relates a reply to its request.
local function matched(tree, mark)
  if mark.request then
    tree:add(fields.request_in, mark.request.number):set_generated()
    tree:add(fields.time, NSTime.new(math.floor(mark.elapsed), math.floor(mark.elapsed % 1 * 1e9))):set_generated()
  end
  if mark.answers[mark.key] then tree:add(fields.response_in, mark.answers[mark.key]):set_generated() end
end

local function one(tvb, pinfo, root, conv, from, off, layout, size, bad)
  local s = tvb:raw(off, size)
  local key = pinfo.number .. ":" .. off
  local mark = visited[key]
  local found, why = decode(layout, from, mark and mark.state or conv.state, s)
  why = bad or why
  local m = found.message
  if not mark then
    mark = {state = conv.state, key = key, answers = conv.answers}
    visited[key] = mark
    if m and found.complete then
      found.number, found.time = pinfo.number, pinfo.rel_ts
      local request = track(conv, from, found)
      if request then
        mark.request, mark.elapsed = request, pinfo.rel_ts - request.time
        conv.answers[request.key] = pinfo.number
      end
      if from == "client" and conv.pending[#conv.pending] and conv.pending[#conv.pending].message == m then conv.pending[#conv.pending].key = key end
    end
  end
  local title = m and m.name or "unknown message"
  local tree = root:add(proto, tvb(off, size), T.title .. ", " .. title)
  if m then tree:add(fields.message, m.name):set_generated() end
  tree:add(fields.state, mark.state):set_generated()
  show(tree, tvb(off, size):tvb(), found.spans, m)
  local read = found.read or (found.header and found.header.size) or 0
  if read < size then
    tree:add(tvb(off + read, size - read), "?: not understood")
  end
  if m and m.is_error and found.complete then tree:add_proto_expert_info(expert.refused) end
  if why then complain(tree, why) end
  matched(tree, mark)
  pinfo.cols.info:append((conv.shown == pinfo.number and ", " or "") .. title .. (why and " [" .. why.because .. "]" or ""))
  conv.shown = pinfo.number
end

-- prefaced skips what a side sends before its first frame. It returns the bytes skipped, or nil if it is not all there.
local function prefaced(tvb, root, conv, from, off)
  local want = T.preface[from]
  if not want or conv.preface[from] and conv.preface[from] ~= tvb:len() .. ":" .. off then return 0 end
  local s = tvb:raw(off, math.min(tvb:len() - off, #want))
  if want:sub(1, #s) ~= s then return 0 end
  if #s < #want then return nil end
  root:add(proto, tvb(off, #want), T.title .. ", preface")
  return #want
end

function proto.dissector(tvb, pinfo, root)
  local conv = conversation(pinfo)
  local from = pinfo.dst_port == conv.server and "client" or "server"
  pinfo.cols.protocol = T.id:upper()
  pinfo.cols.info = ""
  local off = 0
  while off < tvb:len() do
    local skipped = prefaced(tvb, root, conv, from, off)
    local size, bad
    if skipped and skipped > 0 then
      off = off + skipped
    else
      local mark = visited[pinfo.number .. ":" .. off]
      local layout = T.layout_of[mark and mark.state or conv.state][from]
      layout = T.by_name[layout]
      if skipped then size, bad = frame_size(layout, from, tvb:raw(off)) end
      if not size or off + size > tvb:len() then
        pinfo.desegment_offset = off
        pinfo.desegment_len = size and off + size - tvb:len() or DESEGMENT_ONE_MORE_SEGMENT
        return tvb:len()
      end
      one(tvb, pinfo, root, conv, from, off, layout, size, bad)
      off = off + size
    end
  end
  return off
end

function proto.init() conversations, visited = {}, {} end

local port
local function listen()
  local tcp = DissectorTable.get("tcp.port")
  if port and port > 0 then tcp:remove(port, proto) end
  port = proto.prefs.port
  if port > 0 then tcp:add(port, proto) end
end
function proto.prefs_changed() listen() end
DissectorTable.get("tcp.port"):add_for_decode_as(proto)
listen()
