// Runs the steps of tests/clients/steps.py through go-hdb.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/SAP/go-hdb/driver"
)

type question struct {
	Connection map[string]any
	Sessions   int
	Steps      []step
}

type step struct {
	Do         string
	Session    int
	SQL        string
	Timeout    int
	Parameters [][]any
	Rows       [][][]any
}

type answer map[string]any

// session is a connection, and its transaction from "begin" on.
type session struct {
	connection  *sql.Conn
	transaction *sql.Tx
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		written, err := json.Marshal(run(asked))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(written))
	}
}

func run(asked question) []answer {
	place := asked.Connection
	address := url.URL{
		Scheme: "hdb",
		User:   url.UserPassword(place["user"].(string), place["password"].(string)),
		Host:   fmt.Sprintf("%v:%v", place["host"], place["port"]),
		RawQuery: url.Values{
			"TLSRootCAFile": {place["certificate"].(string)},
			"TLSServerName": {place["host"].(string)},
			"defaultSchema": {place["schema"].(string)},
		}.Encode(),
	}
	line := address.String()
	if given, ok := place["url"].(string); ok {
		line = given
	}
	database, err := sql.Open(driver.DriverName, line)
	if err != nil {
		return []answer{refusal(err)}
	}
	defer database.Close()
	var sessions []*session
	for range asked.Sessions {
		connection, err := database.Conn(context.Background())
		if err != nil {
			return []answer{refusal(err)}
		}
		defer connection.Close()
		sessions = append(sessions, &session{connection: connection})
	}
	answers := []answer{}
	for _, each := range asked.Steps {
		found, err := sessions[each.Session].answer(each)
		if err != nil {
			told := refusal(err)
			for name, value := range found {
				told[name] = value
			}
			found = told
		}
		answers = append(answers, found)
	}
	for _, each := range sessions {
		if each.transaction != nil {
			each.transaction.Rollback()
		}
	}
	return answers
}

func (s *session) answer(asked step) (answer, error) {
	background := context.Background()
	if asked.Timeout > 0 {
		limited, cancel := context.WithTimeout(background, time.Duration(asked.Timeout)*time.Second)
		defer cancel()
		background = limited
	}
	var err error
	switch asked.Do {
	case "begin":
		s.transaction, err = s.connection.BeginTx(background, nil)
		return answer{}, err
	case "commit", "rollback":
		if s.transaction == nil {
			return nil, errors.New("no transaction")
		}
		if asked.Do == "commit" {
			err = s.transaction.Commit()
		} else {
			err = s.transaction.Rollback()
		}
		if err == nil {
			s.transaction, err = s.connection.BeginTx(background, nil)
		}
		return answer{}, err
	}
	statement, err := s.prepare(background, asked.SQL)
	if err != nil {
		return nil, err
	}
	defer statement.Close()
	if asked.Do == "batch" {
		return inserted(background, statement, asked.Rows)
	}
	given, err := values(asked.Parameters)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(asked.SQL, "SELECT") {
		rows, err := statement.QueryContext(background, given...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		return read(rows)
	}
	result, err := statement.ExecContext(background, given...)
	if err != nil {
		return nil, err
	}
	// A definition has no count, which is an error in its eyes.
	count, _ := result.RowsAffected()
	return answer{"count": count}, nil
}

func (s *session) prepare(background context.Context, text string) (*sql.Stmt, error) {
	if s.transaction != nil {
		return s.transaction.PrepareContext(background, text)
	}
	return s.connection.PrepareContext(background, text)
}

func inserted(background context.Context, statement *sql.Stmt, rows [][][]any) (answer, error) {
	var given []any
	for _, row := range rows {
		found, err := values(row)
		if err != nil {
			return nil, err
		}
		given = append(given, found...)
	}
	result, err := statement.ExecContext(background, given...)
	var refused driver.Error
	if errors.As(err, &refused) {
		counts := make([]int, len(rows))
		for index := range refused.NumError() {
			refused.SetIdx(index)
			counts[refused.StmtNo()] = -3
		}
		refused.SetIdx(0)
		return answer{"counts": counts}, err
	}
	if err != nil {
		return nil, err
	}
	count, err := result.RowsAffected()
	return answer{"counts": []int64{count}}, err
}

func values(parameters [][]any) ([]any, error) {
	var found []any
	for _, parameter := range parameters {
		value, err := value(parameter)
		if err != nil {
			return nil, err
		}
		found = append(found, value)
	}
	return found, nil
}

func value(parameter []any) (any, error) {
	text, isText := parameter[1].(string)
	if !isText {
		return nil, nil
	}
	switch parameter[0] {
	case "int":
		return strconv.ParseInt(text, 10, 64)
	case "double":
		return strconv.ParseFloat(text, 64)
	case "decimal":
		number, _ := new(big.Rat).SetString(text)
		return (*driver.Decimal)(number), nil
	case "boolean":
		return text == "true", nil
	case "bytes":
		return hex.DecodeString(text)
	case "date":
		return time.Parse("2006-01-02", text)
	case "time":
		return time.Parse("15:04:05", text)
	case "timestamp":
		return time.Parse("2006-01-02 15:04:05.999999", text)
	case "long text":
		return driver.NewLob(strings.NewReader(strings.Repeat(text, int(parameter[2].(float64)))), nil), nil
	case "long bytes":
		raw, err := hex.DecodeString(strings.Repeat(text, int(parameter[2].(float64))))
		return driver.NewLob(bytes.NewReader(raw), nil), err
	}
	return text, nil
}

func read(rows *sql.Rows) (answer, error) {
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var names, types []string
	for _, column := range columns {
		names = append(names, column.Name())
		types = append(types, column.DatabaseTypeName())
	}
	found := [][]any{}
	for rows.Next() {
		row, err := scanned(rows, types)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return answer{"names": names, "types": types, "rows": found}, rows.Err()
}

func scanned(rows *sql.Rows, types []string) ([]any, error) {
	targets := make([]any, len(types))
	lobs := make([]bytes.Buffer, len(types))
	for index, type_ := range types {
		switch {
		case strings.HasSuffix(type_, "LOB"):
			targets[index] = &driver.NullLob{Lob: driver.NewLob(nil, &lobs[index])}
		case strings.HasPrefix(type_, "DECIMAL") || strings.HasPrefix(type_, "FIXED"):
			targets[index] = &driver.NullDecimal{Decimal: new(driver.Decimal)}
		default:
			targets[index] = new(any)
		}
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	row := make([]any, len(types))
	for index, target := range targets {
		switch target := target.(type) {
		case *driver.NullLob:
			if !target.Valid {
				continue
			}
			if types[index] == "BLOB" {
				row[index] = shortened(hex.EncodeToString(lobs[index].Bytes()))
			} else {
				row[index] = shortened(lobs[index].String())
			}
		case *driver.NullDecimal:
			if target.Valid {
				row[index] = (*big.Rat)(target.Decimal).FloatString(38)
			}
		case *any:
			row[index] = text(*target, types[index])
		}
	}
	return row, nil
}

func text(value any, type_ string) any {
	switch value := value.(type) {
	case nil:
		return nil
	case []byte:
		if strings.Contains(type_, "BINARY") {
			return hex.EncodeToString(value)
		}
		return string(value)
	case time.Time:
		switch {
		case type_ == "DATE" || type_ == "DAYDATE":
			return value.Format("2006-01-02")
		case type_ == "TIME" || type_ == "SECONDTIME":
			return value.Format("15:04:05")
		}
		return value.Format("2006-01-02 15:04:05.999999")
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	}
	return fmt.Sprint(value)
}

// shortened is a long text as its length and digest.
func shortened(text string) string {
	if len(text) <= 1000 {
		return text
	}
	digest := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%d %s", utf8.RuneCountInString(text), hex.EncodeToString(digest[:]))
}

func refusal(err error) answer {
	told := map[string]any{"code": -1, "text": err.Error()}
	var refused driver.Error
	if errors.As(err, &refused) {
		told["code"], told["text"], told["position"] = refused.Code(), refused.Text(), refused.Position()
	}
	return answer{"error": told}
}
