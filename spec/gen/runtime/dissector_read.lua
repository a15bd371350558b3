-- Reading: from the bytes of a frame to values, and to spans that say what the bytes are.

local smallest
function smallest(t)
  if t.kind == "uint" or t.kind == "int" or t.kind == "bool" then return t.varint and 1 or t.width end
  if t.kind == "struct" then
    local bits = 0
    for _, f in ipairs(t.fields) do
      if not f.when then bits = bits + (f.type.bits or 8 * smallest(f.type)) end
    end
    return math.floor((bits + 7) / 8)
  end
  if t.kind == "rest" or t.to_end then return 0 end
  return (t.length or 0) + (t.size or 0) + (t.stop and 1 or 0)
end

-- fixed is the size of every value of t; nil if they differ.
local fixed
function fixed(t)
  if t.kind == "uint" or t.kind == "int" or t.kind == "bool" then return not t.varint and t.width or nil end
  if t.kind ~= "struct" then return t.size and not t.length and t.size or nil end
  local bits = 0
  for _, f in ipairs(t.fields) do
    if f.when or not f.type.bits and not fixed(f.type) then return nil end
    bits = bits + (f.type.bits or 8 * fixed(f.type))
  end
  return bits / 8
end

local function present(f, values)
  if not f.when then return true end
  local v = values[f.when[1]]
  if type(v) ~= "number" and type(v) ~= "string" then v = 0 end
  return f.when[2][v] == true
end

-- A reader walks a frame. spans says what the bytes are: {off, len, path, text, field, value, children}.
local Reader = {}
Reader.__index = Reader

local function reader(s)
  local root = {children = {}}
  return setmetatable({s = s, pos = 0, stop = #s, items = {}, counts = {}, node = root, root = root}, Reader)
end

function Reader:fail(path, off, because)
  error({field = path, offset = off, because = because, error = T.checks.layout}, 0)
end

function Reader:span(off, len, path, words, f, t, value)
  local node = {off = off, len = len, path = path, text = words, field = f, type = t, value = value, children = {}}
  table.insert(self.node.children, node)
  return node
end

-- soft keeps what is wrong, and goes on: the first fault decides, and the rest can still be shown.
function Reader:soft(path, off, because, limit, name)
  if not self.fault then
    self.fault = {field = path, offset = off, because = because, limit = limit, error = name or T.checks.layout}
  end
end

-- short says that something does not fit. In a part that a length counts it is the length that is wrong.
function Reader:short(path, off)
  if self.inside then self:fail(self.inside[3], self.inside[2], "length") end
  self:fail(path, off, "truncated")
end

function Reader:need(n, path, off)
  if n > self.stop - self.pos then self:short(path, off) end
end

-- item keeps a value until its limits are judged. What is ignored, counts or has a role is not.
function Reader:item(path, t, v, off, f)
  local judged = not f or not (f.role or f.counts or t.ignore)
  self.items[#self.items + 1] = {path = path, type = t, value = v, off = off, early = f and f.early, judged = judged}
end

-- run reads bit fields that share bytes, the highest bit first.
function Reader:run(run, prefix, values)
  local start, bit = self.pos, 0
  for _, f in ipairs(run) do
    if bit + f.type.bits > 8 * (self.stop - start) then self:short(prefix .. f.name, start + math.floor(bit / 8)) end
    bit = bit + f.type.bits
  end
  self.pos, bit = start + bit / 8, 0
  for _, f in ipairs(run) do
    local v = 0
    for i = bit, bit + f.type.bits - 1 do
      v = v * 2 + math.floor(self.s:byte(start + math.floor(i / 8) + 1) / 2 ^ (7 - i % 8)) % 2
    end
    local off, last = start + math.floor(bit / 8), start + math.floor((bit + f.type.bits - 1) / 8)
    self:item(prefix .. f.name, f.type, v, off, f)
    self:span(off, last - off + 1, prefix .. f.name, text(f.type, v), f, f.type, v)
    values[f.name] = v
    if f.counts then self.counts[f.name] = {v, off, prefix .. f.name} end
    bit = bit + f.type.bits
  end
end

function Reader:varint(t, path)
  local start, v = self.pos, 0
  for i = 0, t.varint - 1 do
    self:need(1, path, start)
    local b = self.s:byte(self.pos + 1)
    self.pos = self.pos + 1
    v = v + (b % 128) * 2 ^ (7 * i)
    if b < 128 then
      if b == 0 and i > 0 then break end
      return v
    end
  end
  self:fail(path, start, "varint")
end

-- fields reads the fields of a header, a message or a struct, those that are there.
function Reader:fields(fields, prefix, values, on_early)
  local i = 1
  while i <= #fields do
    local f = fields[i]
    local run, bits = {}, 0
    while fields[i] and fields[i].type.bits and (bits == 0 or bits % 8 ~= 0) do
      run[#run + 1], bits, i = fields[i], bits + fields[i].type.bits, i + 1
    end
    if #run == 0 then i = i + 1 end
    if present(f, values) then
      local first, start = #self.items + 1, self.pos
      if #run > 0 then
        self:run(run, prefix, values)
      else
        local v = self:value(f.type, prefix .. f.name, f, fields, i, values)
        if f.type.kind == "bool" and v ~= 1 then v = 0 end
        values[f.name] = v
        if f.counts then self.counts[f.name] = {v, start, prefix .. f.name} end
      end
      if f.early and on_early then on_early(first, #self.items) end
    elseif f.counted_by and self.counts[f.counted_by] and num(self.counts[f.counted_by][1]) ~= 0 then
      local count = self.counts[f.counted_by]
      self:soft(count[3], count[2], "length")
    end
  end
  return values
end

-- size is the bytes of the fields from index i on, which are known before they are read.
function Reader:size(fields, i, values)
  local bits = 0
  for k = i, #fields do
    local f = fields[k]
    if present(f, values) then
      if f.counted_by then
        bits = bits + 8 * num((self.counts[f.counted_by] or {0})[1])
      else
        bits = bits + (f.type.bits or 8 * smallest(f.type))
      end
    end
  end
  return math.floor(bits / 8)
end

function Reader:value(t, path, f, fields, i, values)
  local start, index = self.pos, #self.items + 1
  self:item(path, t, nil, start, f)
  local read = f and f.counted_by and self.part or self.plain
  local v = read(self, t, path, f, start, fields, i, values)
  self.items[index].value = v
  return v
end

-- part reads what a length counts, and nothing else.
function Reader:part(t, path, f, start)
  local count = self.counts[f.counted_by]
  local n, exact = num((count or {0})[1]), fixed(t)
  count = count or {0, start, f.counted_by}
  if exact and n ~= exact and self.counts[f.counted_by] then self:soft(count[3], count[2], "length") end
  if n > self.stop - self.pos then self:short(path, start) end
  local stop, inside = self.stop, self.inside
  self.stop, self.inside = self.pos + n, count
  local v = self:plain(t, path, f, start, {}, 1, {})
  if self.pos ~= self.stop then
    self:soft(count[3], count[2], "length")
    self:span(self.pos, self.stop - self.pos, "?", "beyond what " .. path .. " is")
    self.pos = self.stop
  end
  self.stop, self.inside = stop, inside
  return v
end

function Reader:plain(t, path, f, start, fields, i, values)
  if t.varint then
    local v = self:varint(t, path)
    self:span(start, self.pos - start, path, text(t, v), f, t, v)
    return v
  end
  if t.kind == "struct" then return self:struct(t, path, start) end
  self:need(smallest(t), path, start)
  if t.kind == "uint" or t.kind == "int" or t.kind == "bool" then
    local v = number(self.s, self.pos, t.width)
    if t.kind == "int" and type(v) == "number" and v >= 2 ^ (8 * t.width - 1) then v = v - 2 ^ (8 * t.width) end
    self.pos = self.pos + t.width
    self:span(start, t.width, path, text(t, v), f, t, v)
    return v
  end
  if t.kind == "array" then return self:array(t, path, start, f) end
  local n
  if t.kind == "rest" then
    n = self.stop - self.pos - self:size(fields, i, values)
  elseif t.length then
    n = num(number(self.s, self.pos, t.length))
    self.pos = self.pos + t.length
    local null = t.nullable and n == 2 ^ (8 * t.length) - 1
    self:span(start, t.length, path .. ".length", null and "null" or decimal(n))
    if null then return nil end
  elseif t.stop then
    local at = self.s:sub(1, self.stop):find(string.char(t.stop), self.pos + 1, true)
    n = at and at - 1 - self.pos or -1
  else
    n = t.size or self.stop - self.pos
  end
  if n < 0 or n > self.stop - self.pos then self:short(path, start) end
  local b = self.s:sub(self.pos + 1, self.pos + n)
  local good = t.kind ~= "string" or utf8_length(b)
  if not good then
    self:soft(path, start, "utf8")
    self:span(self.pos, n, path, octets(b) .. ", not UTF-8", nil, t, b)
  elseif n > 0 then
    self:span(self.pos, n, path, text(t, b), f, t, b)
  end
  self.pos = self.pos + n
  if t.stop then
    self:span(self.pos, 1, path .. ".end", string.format("0x%02x", t.stop))
    self.pos = self.pos + 1
  end
  return b
end

function Reader:array(t, path, start, f)
  local list, outer = {n = 0}, self.node
  self.node = self:span(start, 0, path, "", f)
  local function element()
    local k = list.n
    list.n = k + 1
    list[k + 1] = self:value(t.of, string.format("%s[%d]", path, k), f and {type = t.of, id = f.id, name = f.name})
  end
  if t.length then
    local n = num(number(self.s, self.pos, t.length))
    self.pos = self.pos + t.length
    self:span(start, t.length, path .. ".count", decimal(n))
    if n > math.floor((self.stop - self.pos) / math.max(1, smallest(t.of))) then self:short(path, start) end
    for _ = 1, n do element() end
  else
    while true do
      if self.pos >= self.stop then
        if t.stop then self:short(path, start) end
        break
      end
      if t.stop and self.s:byte(self.pos + 1) == t.stop then
        self:span(self.pos, 1, path .. ".end", string.format("0x%02x", t.stop))
        self.pos = self.pos + 1
        break
      end
      element()
    end
  end
  self.node.len, self.node.text = self.pos - start, list.n .. (list.n == 1 and " element" or " elements")
  self.node = outer
  return list
end

function Reader:struct(t, path, start)
  local outer = self.node
  self.node = self:span(start, 0, path, "", nil)
  local v = self:fields(t.fields, path .. ".", {})
  self.node.len, self.node = self.pos - start, outer
  return v
end

-- limits judges what was read, from item a to item b.
function Reader:limits(a, b, early)
  for i = a, b do
    local it = self.items[i]
    if it.judged and (early or not it.early) then
      local because, limit = judge(it.type, it.value)
      if because then
        local check = it.early and T.checks.early or T.checks.limits
        self:soft(it.path, it.off, because, limit, it.type.error or check)
      end
    end
  end
end
