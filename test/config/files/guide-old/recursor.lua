-- the key of home.arpa, made with pdnsutil
addTA("home.arpa", "12345 13 2 4a3b2c1d0e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b")

addNTA("february.local", "internal unsigned zone") -- to be signed in spring
