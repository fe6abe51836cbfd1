module github.com/warded/warded/tests/readers

go 1.25.0
