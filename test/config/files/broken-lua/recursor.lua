addNTA("lan")
-- copied from a guide
addTA("home.arpa", "12345 13 2 4a3b...")
