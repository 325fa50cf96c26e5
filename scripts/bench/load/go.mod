module nsqload

go 1.21

require github.com/golang/snappy v0.0.4
