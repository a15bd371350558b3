-- Values. A frame is a string, offsets count from 0. Numbers of more than six bytes are 16 hexadecimal digits, since not every
-- Lua can hold them; all others are numbers.

local function num(v) return type(v) == "string" and tonumber(v, 16) or v end

local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end

local function number(s, off, n)
  local b = s:sub(off + 1, off + n)
  if T.little then b = b:reverse() end
  if n > 6 then return ("00"):rep(8 - n) .. hex(b) end
  local v = 0
  for i = 1, n do v = v * 256 + b:byte(i) end
  return v
end

-- utf8 counts the characters of s; nil if it is not UTF-8.
local function utf8_length(s)
  local i, n, chars = 1, #s, 0
  while i <= n do
    local c, more, low, high = s:byte(i), 0, 0x80, 0xbf
    if c >= 0x80 then
      if c < 0xc2 or c > 0xf4 then return nil end
      more = c < 0xe0 and 1 or c < 0xf0 and 2 or 3
      if c == 0xe0 then low = 0xa0 elseif c == 0xed then high = 0x9f elseif c == 0xf0 then low = 0x90 elseif c == 0xf4 then high = 0x8f end
    end
    for k = 1, more do
      local d = s:byte(i + k)
      if not d or d < low or d > high then return nil end
      low, high = 0x80, 0xbf
    end
    i, chars = i + 1 + more, chars + 1
  end
  return chars
end

-- order makes numbers of eight bytes comparable, signed ones too.
local function order(t, v)
  if type(v) == "string" and t.kind == "int" then
    return string.format("%x", (tonumber(v:sub(1, 1), 16) + 8) % 16) .. v:sub(2)
  end
  return v
end

-- judge returns the first limit of t that v breaks, and its value.
local function judge(t, v)
  if t.ignore or v == nil then return end
  if t.const ~= nil then
    if v ~= t.const then return "const" end
    return
  end
  if t.kind == "bool" then
    if v ~= 0 and v ~= 1 then return "bool" end
    return
  end
  local n = v
  if t.kind == "array" then n = v.n elseif t.kind ~= "uint" and t.kind ~= "int" then n = #v end
  if t.kind == "struct" then return end
  if t.min ~= nil and order(t, n) < order(t, t.min) then return "min", t.min end
  if t.max ~= nil and order(t, n) > order(t, t.max) then return "max", t.max end
  if t.values and not t.open and not t.values[v] then return "enum" end
  if t.kind ~= "string" then return end
  if t.ascii then
    for i = 1, #v do
      local c = v:byte(i)
      if c < 0x80 and not t.ascii:find(string.char(c), 1, true) then return "ascii" end
    end
  end
  if t.profile and v:find("[\128-\255]") then return end
  local chars = t.chars and utf8_length(v)
  if chars and chars < t.chars[1] then return "chars.min", t.chars[1] end
  if chars and chars > t.chars[2] then return "chars.max", t.chars[2] end
end

local function decimal(v, signed)
  if type(v) == "number" then return string.format("%.0f", v) end
  return tostring((signed and Int64 or UInt64).fromhex(v))
end

local function flags(v)
  local out, left = {}, v
  for _, f in ipairs(T.features) do
    if math.floor(v / 2 ^ f[2]) % 2 == 1 then
      out[#out + 1], left = f[1], left - 2 ^ f[2]
    end
  end
  if left > 0 then out[#out + 1] = string.format("0x%x", left) end
  return table.concat(out, "|")
end

local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c) return c:find('["\\]') and "\\" .. c or string.format("\\x%02x", c:byte()) end) .. '"'
end

-- octets is bytes for people: no more than fit into a line.
local function octets(v) return "0x" .. hex(v:sub(1, 64)) .. (#v > 64 and string.format("... (%d bytes)", #v) or "") end

-- text is a value for people.
local function text(t, v)
  if v == nil then return "null" end
  if t.kind == "bool" then return v == 1 and "true" or v == 0 and "false" or decimal(v) end
  if t.kind == "uint" or t.kind == "int" then
    local name = t.values and t.values[v] or t.errors and T.codes[num(v)]
    if not name and t.flags and num(v) ~= 0 then name = flags(num(v)) end
    local unit = t.unit and " " .. t.unit or ""
    return (name or decimal(v, t.kind == "int")) .. unit
  end
  if t.kind ~= "string" then return octets(v) end
  if #v <= 160 then return quote(v) end
  local cut = 160
  while cut > 0 and v:byte(cut + 1) >= 0x80 and v:byte(cut + 1) < 0xc0 do cut = cut - 1 end
  return quote(v:sub(1, cut)) .. string.format("... (%d bytes)", #v)
end
