-- 5.1 style: a table and a loop
local unsigned = { "february.local", "lan" }
for i = 1, table.getn(unsigned) do
  addNTA(unsigned[i], "internal unsigned zone")
end
addTA("home.arpa", {"37331 13 2 5d1c1a1c6e0c6c4f3a2b7f0d9e8b1a2c3d4e5f60718293a4b5c6d7e8f9012345", "12345 13 2 4a3b2c1d0e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b"})
