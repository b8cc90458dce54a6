-- Default Lua configuration file

-- Load DNSSEC root keys.
dofile("share/rootkeys.lua")
