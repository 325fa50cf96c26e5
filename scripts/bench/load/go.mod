module nsqload

go 1.21
