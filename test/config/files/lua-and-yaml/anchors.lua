-- the old key stays until March
addTA("home.arpa.", "12345 13 2 4a3b2c1d0e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b")
addTA("home.arpa", "12345 13 2 4A3B2C1D0E0F9A8B7C6D5E4F3A2B1C0D9E8F7A6B5C4D3E2F1A0B9C8D7E6F5A4B") -- the same again
addNTA("garden.home.arpa", "from Lua")
