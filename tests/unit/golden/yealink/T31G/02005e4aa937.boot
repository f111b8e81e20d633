#!version:1.0.0.1
include:config "http://192.0.2.2:8088/p/5f0c3a/02005e4aa937.cfg"
overwrite_mode=1
