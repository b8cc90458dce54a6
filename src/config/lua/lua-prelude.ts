// Lua text that runs before a configuration file: names of Lua 5.1 that 5.3 lacks, and `io`, `require` and `debug` built
// from the functions of `lua-system.ts`, which it is given as its argument `native`.

/** Runs as a chunk whose name is no file name, so that errors are placed in the file that calls. */
export const luaPrelude = `
local native, ok_path = native, package_path
_G.native, _G.package_path = nil, nil
local error, pcall, select, setmetatable, type, tostring, ipairs, pairs, load =
  error, pcall, select, setmetatable, type, tostring, ipairs, pairs, load
local sub, find, rep = string.sub, string.find, string.rep

-- Lua 5.1
_VERSION = 'Lua 5.3'
unpack = table.unpack
table.getn = function(list) return #list end
table.setn = function() end
table.maxn = function(list)
  local largest = 0
  for key in pairs(list) do
    if type(key) == 'number' and key > largest then largest = key end
  end
  return largest
end
table.foreach = function(list, call)
  for key, value in pairs(list) do
    local result = call(key, value)
    if result ~= nil then return result end
  end
end
table.foreachi = function(list, call)
  for index = 1, #list do
    local result = call(index, list[index])
    if result ~= nil then return result end
  end
end
string.gfind = string.gmatch
string.dump = nil
math.mod = math.fmod
math.pow = math.pow or function(base, exponent) return base ^ exponent end
math.log10 = math.log10 or function(x) return math.log(x, 10) end
math.sinh = math.sinh or function(x) return (math.exp(x) - math.exp(-x)) / 2 end
math.cosh = math.cosh or function(x) return (math.exp(x) + math.exp(-x)) / 2 end
math.tanh = math.tanh or function(x) local e = math.exp(2 * x) return (e - 1) / (e + 1) end
math.ldexp = math.ldexp or function(m, e) return m * 2.0 ^ e end
collectgarbage = function() return 0 end

-- The handler runs when the error has unwound the stack, so that limits hold in it too.
local function finish(handler, ok, ...)
  if ok then return true, ... end
  return false, handler(...)
end
function xpcall(call, handler, ...)
  return finish(handler, pcall(call, ...))
end

-- Text only: byte code is not checked by the machine.
_G.load = function(chunk, name, mode, ...)
  return load(chunk, name, 't', ...)
end
loadstring = function(text, name)
  return load(text, name, 't')
end

local function load_file(path, ...)
  local text, name = native.read(path)
  if text == nil then return nil, 'cannot read ' .. name, true end
  if sub(text, 1, 3) == '\\239\\187\\191' then text = sub(text, 4) end
  -- The first line of a script for the shell; the line itself stays, for the line numbers.
  if sub(text, 1, 1) == '#' then text = '--' .. text end
  return load(text, '@' .. name, 't', ...)
end
function loadfile(path, mode, ...)
  return load_file(path, ...)
end
function dofile(path)
  if type(path) ~= 'string' then error('dofile: the name of a file is wanted', 2) end
  local chunk, message, is_missing = load_file(path)
  if chunk == nil then error(message, is_missing and 2 or 0) end
  return chunk()
end

package = {
  loaded = { _G = _G, string = string, table = table, math = math, coroutine = coroutine, utf8 = utf8, os = os },
  preload = {},
  path = ok_path,
  cpath = '',
  config = '/\\n;\\n?\\n!\\n-\\n',
}
function package.searchpath(name, path)
  local tried = {}
  local file_name = name:gsub('%.', '/')
  for template in path:gmatch('[^;]+') do
    local candidate = template:gsub('%?', (file_name:gsub('%%', '%%%%')))
    if native.exists(candidate) then return candidate end
    tried[#tried + 1] = "\\n\\tno file '" .. candidate .. "'"
  end
  return nil, table.concat(tried)
end
function require(name)
  local loaded = package.loaded[name]
  if loaded ~= nil then return loaded end
  local chunk, origin = package.preload[name], ':preload:'
  if chunk == nil then
    local path, tried = package.searchpath(name, package.path)
    if path == nil then error("module '" .. tostring(name) .. "' not found:" .. tried, 2) end
    local message, is_missing
    chunk, message, is_missing = load_file(path)
    if chunk == nil then error(message, is_missing and 2 or 0) end
    origin = path
  end
  local result = chunk(name, origin)
  if result ~= nil then package.loaded[name] = result
  elseif package.loaded[name] == nil then package.loaded[name] = true end
  return package.loaded[name]
end

-- Files: read whole when opened.
local file = {}
file.__index = file
file.__name = 'FILE*'
file.__tostring = function(self) return self.closed and 'file (closed)' or 'file (' .. self.name .. ')' end

local function open(name)
  local text, message = native.read(name)
  if text == nil then return nil, message, 2 end
  return setmetatable({ name = name, text = text, position = 1 }, file)
end

local function read_line(self, keep_end)
  if self.position > #self.text then return nil end
  local line_end = find(self.text, '\\n', self.position, true)
  local line = sub(self.text, self.position, (line_end or #self.text + 1) - (keep_end and 0 or 1))
  self.position = (line_end or #self.text) + 1
  return line
end

local function read_one(self, format)
  if type(format) == 'number' then
    if self.position > #self.text then return nil end
    local piece = sub(self.text, self.position, self.position + format - 1)
    self.position = self.position + #piece
    return piece
  end
  local letter = sub((tostring(format):gsub('^%*', '')), 1, 1)
  if letter == 'l' then return read_line(self, false) end
  if letter == 'L' then return read_line(self, true) end
  if letter == 'a' then
    local piece = sub(self.text, self.position)
    self.position = #self.text + 1
    return piece
  end
  if letter == 'n' then
    local first, last = find(self.text, '^%s*[%+%-]?[%w%.]+', self.position)
    if first == nil then return nil end
    self.position = last + 1
    return tonumber(sub(self.text, first, last))
  end
  error("bad argument to 'read' (invalid format)", 3)
end

function file:read(...)
  if self.closed then error('attempt to use a closed file', 2) end
  if self.text == nil then error('the file is not open for reading', 2) end
  local count = select('#', ...)
  if count == 0 then return read_line(self, false) end
  local results = {}
  for index = 1, count do
    results[index] = read_one(self, (select(index, ...)))
    if results[index] == nil then return unpack(results, 1, index) end
  end
  return unpack(results, 1, count)
end
function file:lines(format)
  return function() return read_one(self, format or 'l') end
end
function file:seek(whence, offset)
  local base = whence == 'set' and 1 or whence == 'end' and #self.text + 1 or self.position
  self.position = base + (offset or 0)
  return self.position - 1
end
function file:close()
  self.closed = true
  return true
end
function file:flush() return self end
function file:setvbuf() return true end
function file:write(...)
  if not self.level then error('write: a configuration file cannot write files', 2) end
  local text = ''
  for index = 1, select('#', ...) do text = text .. tostring((select(index, ...))) end
  for line in text:gmatch('[^\\n]+') do native.log(line, self.level) end
  return self
end

io = {
  stdout = setmetatable({ name = 'stdout', level = 6 }, file),
  stderr = setmetatable({ name = 'stderr', level = 4 }, file),
}
function io.open(name, mode)
  if mode ~= nil and not find(mode, '^rb?$') then
    error("io.open: mode '" .. tostring(mode) .. "': a configuration file cannot write files", 2)
  end
  return open(name)
end
function io.lines(name, format)
  if name == nil then error('io.lines: there is no standard input; name a file', 2) end
  local opened, message = open(name)
  if opened == nil then error(message, 2) end
  return opened:lines(format)
end
function io.type(value)
  if getmetatable(value) ~= file then return nil end
  return value.closed and 'closed file' or 'file'
end
function io.write(...) return io.stdout:write(...) end
function io.close(opened) return opened:close() end
for _, name in ipairs({ 'read', 'input' }) do
  io[name] = function() error('io.' .. name .. ': there is no standard input; use io.open', 2) end
end
for _, name in ipairs({ 'output', 'popen', 'tmpfile' }) do
  io[name] = function()
    error('io.' .. name .. ': not available: the file only describes the configuration and changes nothing', 2)
  end
end
package.loaded.io = io

function print(...)
  local words = {}
  for index = 1, select('#', ...) do words[index] = tostring((select(index, ...))) end
  native.log(table.concat(words, '\\t'), 6)
end

debug = {
  traceback = function(message) return message == nil and native.traceback() or message end,
  getinfo = function() return native.here() end,
}
package.loaded.debug = debug
`;
