module tokonoma/tests/clients/go

go 1.26.0

require github.com/SAP/go-hdb v1.22.1

require golang.org/x/text v0.44.0 // indirect
