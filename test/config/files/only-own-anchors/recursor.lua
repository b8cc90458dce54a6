clearTA() -- the lab has a root of its own
addTA(".", "37331 13 2 5d1c1a1c6e0c6c4f3a2b7f0d9e8b1a2c3d4e5f60718293a4b5c6d7e8f9012345")
addNTA("broken.example.org", "expired signatures", {expires = "2d"})
addSortList("192.168.1.0/24", "192.168.1.0/24")
pdnslog("anchors of the lab")
