module tokonoma/tests/clients/go

go 1.26.0

require github.com/SAP/go-hdb v1.16.2

require golang.org/x/text v0.35.0 // indirect
