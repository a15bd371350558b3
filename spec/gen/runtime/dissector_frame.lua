-- Frames: layout, message, body.

local function of(layout, from)
  local out = {}
  for _, f in ipairs(layout.fields) do
    if not f.side or f.side == from then out[#out + 1] = f end
  end
  return out
end

local function counts(f, name)
  for _, n in ipairs(f.counts or {}) do
    if n == name then return true end
  end
  return false
end

-- header reads a header, true or not; nil if it is not all there. body is the size of the body, nil if it is not said.
local function header(layout, from, s)
  local r, fields = reader(s), of(layout, from)
  local ok, why = pcall(r.fields, r, fields, "", {})
  if not ok then
    if type(why) ~= "table" then error(why, 0) end
    if why.because == "truncated" then return nil end
    return nil, why
  end
  local h = {size = r.pos, values = {}, offsets = {}, reader = r}
  for _, it in ipairs(r.items) do h.values[it.path], h.offsets[it.path] = it.value, it.off end
  if not layout.body then h.body = 0 end
  for _, f in ipairs(fields) do
    if layout.body and counts(f, layout.body) then
      h.body = num(h.values[f.name])
      for _, other in ipairs(fields) do
        if counts(f, other.name) then h.body = h.body - (other.type.bits or 8 * smallest(other.type)) / 8 end
      end
      h.length = f
    end
    if f.role then h[f.role] = f end
  end
  return h
end

local function contains(list, x)
  for _, y in ipairs(list or {}) do
    if x == y then return true end
  end
  return false
end

local function legal(m, state) return contains(m.states, state) or m.from ~= "client" and not m.states end

-- fits reports whether s, a header or a body, has a constant at its place.
local function fits(place, s)
  local last = place.bit + place.bits - 1
  if math.floor(last / 8) >= #s then return false end
  if place.bit % 8 == 0 and place.bits % 8 == 0 then
    return hex(s:sub(place.bit / 8 + 1, (last + 1) / 8)) == place.want
  end
  local v = 0
  for i = place.bit, last do v = v * 2 + math.floor(s:byte(math.floor(i / 8) + 1) / 2 ^ (7 - i % 8)) % 2 end
  return v == tonumber(place.want, 16)
end

-- by_constants leaves those of the messages whose constants the frame has, where all have one at a place and these differ.
local function by_constants(found, h, s, body)
  local i = 1
  while #found > 1 and found[1].places and i <= #found[1].places do
    local first, fit, same, differ = found[1].places[i], {}, 0, false
    i = i + 1
    for _, m in ipairs(found) do
      for _, p in ipairs(m.places or {}) do
        if p.body == first.body and p.bit == first.bit and p.bits == first.bits then
          same, differ = same + 1, differ or p.want ~= first.want
          if fits(p, p.body and body or s) then fit[#fit + 1] = m end
        end
      end
    end
    if same == #found and differ then
      if #fit == 0 then
        local off = math.floor(first.bit / 8) + (first.body and h.size or 0)
        return {}, {field = first.field, offset = off, because = "opcode", error = T.checks.opcode}
      end
      found, i = fit, 1
    end
  end
  return found
end

-- lookup finds the message that a frame is: by its opcode, then by constants, then by the state.
local function lookup(layout, from, state, h, s)
  local name = h.opcode and h.opcode.name
  local code, found = name and num(h.values[name]) or 0, {}
  for _, m in ipairs(T.messages) do
    if m.layout == layout.name and (m.from == from or m.from == "both") and m.code == code then found[#found + 1] = m end
  end
  if #found == 0 then
    return nil, {field = name or "", offset = name and h.offsets[name] or 0, because = "opcode", error = T.checks.opcode}
  end
  local body = s:sub(h.size + 1, h.body and h.body >= 0 and h.size + h.body or -1)
  local fit, why = by_constants(found, h, s, body)
  if #fit > 1 then
    local here = {}
    for _, m in ipairs(fit) do
      if legal(m, state) then here[#here + 1] = m end
    end
    if #here > 0 then fit, why = by_constants(here, h, s, body) end
  end
  return fit[1], why
end

-- decode reads a whole frame. It returns what it found, as far as it came, and what is wrong, if anything is.
local function decode(layout, from, state, s)
  local h, bad = header(layout, from, s)
  if not h then return {spans = {}}, bad or {field = "", offset = 0, because = "truncated", error = T.checks.layout} end
  local found = {spans = h.reader.root.children, header = h, id = h.correlation and h.values[h.correlation.name]}
  local m, why = lookup(layout, from, state, h, s)
  if not m then return found, why end
  found.message = m
  local r = reader(s)
  local function whole()
    local have = #s - h.size
    if h.body and h.body < have then r:fail("", h.size + math.max(0, h.body), "trailing") end
    local values = r:fields(of({fields = m.head}, from), "", {})
    if h.body and h.body > have then r:fail("", #s, "truncated") end
    for _, f in ipairs(m.head) do
      if f.lacks and r.counts[f.name] and num(r.counts[f.name][1]) ~= 0 then r:soft(f.name, r.counts[f.name][2], "length") end
    end
    found.values = r:fields(m.fields, "", values, T.early_first and function(a, b) r:limits(a, b, true) end)
    if r.pos < #s then r:fail("", r.pos, "trailing") end
    for i, it in ipairs(r.items) do
      if it.early and not T.early_first then r:limits(i, i, true) end
    end
    r:limits(1, #r.items, false)
  end
  local ok, e = pcall(whole)
  if not ok and type(e) ~= "table" then error(e, 0) end
  if #r.root.children > 0 then found.spans = r.root.children end
  found.read = r.pos
  for k, v in pairs(h.values) do
    if found.values and found.values[k] == nil then found.values[k] = v end
  end
  found.complete = ok and not r.fault
  return found, r.fault or not ok and e or nil
end

-- frame_size is the size of the first frame in s; nil if it is not known yet. Then the reason, if it never will be.
local function frame_size(layout, from, s)
  local h, bad = header(layout, from, s)
  if bad then return #s, bad end
  if not h then return nil end
  if not h.body then return #s end
  if h.body < 0 then return #s, {field = h.length.name, offset = h.offsets[h.length.name], because = "min", error = T.checks.length} end
  if layout.max and h.body > layout.max then
    return #s, {field = layout.body, offset = h.offsets[h.length.name], because = "max", limit = layout.max, error = T.checks.length}
  end
  return h.size + h.body
end

-- States: a request takes effect when it is answered, any other message when it is sent.

local function holds(when, values) return not when or present({when = when}, values or {}) end

local function take(conv, m, values)
  for _, t in ipairs(T.states[conv.state].transitions) do
    if t.message == m.name and holds(t.when, values) then
      conv.state = t.to
      return
    end
  end
end

local function answer_of(m, values)
  for _, r in ipairs(m.replies or {}) do
    if holds(r.when, values) then return r["end"] end
  end
end

-- track follows a message that was understood. It returns the request that it answers.
local function track(conv, from, found)
  local m, answered = found.message, nil
  if from == "server" then
    for i, q in ipairs(conv.pending) do
      local mine = not found.id or found.id == q.id
      if mine and (q.answer == m.name or m.is_error) then
        answered = table.remove(conv.pending, i)
        if not m.is_error then take(conv, answered.message, answered.values) end
        break
      end
    end
  end
  local answer = m.from ~= "server" and from == "client" and answer_of(m, found.values)
  if m.from ~= "server" and from == "client" and (answer or found.id) then
    conv.pending[#conv.pending + 1] = {message = m, values = found.values, id = found.id, answer = answer, number = found.number, time = found.time}
    if #conv.pending > 1000 then table.remove(conv.pending, 1) end
  end
  if not answer then take(conv, m, found.values) end
  return answered
end
