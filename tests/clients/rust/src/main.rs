//! Runs the steps of tests/clients/steps.py through hdbconnect.

use std::io::{BufRead, Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use hdbconnect::{
    ConnectParams, Connection, ExecutionResult, HdbError, HdbResult, HdbReturnValue, HdbValue,
    ResultSet, ServerCerts, TypeId,
};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

fn main() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        println!("{}", Value::Array(run(&asked)));
        std::io::stdout().flush().unwrap();
    }
}

fn run(asked: &Value) -> Vec<Value> {
    let mut sessions = Vec::new();
    for _ in 0..asked["sessions"].as_u64().unwrap() {
        match connect(&asked["connection"]) {
            Ok(session) => sessions.push(session),
            Err(error) => return vec![refusal(&error)],
        }
    }
    let steps = asked["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| {
            let session = &sessions[step["session"].as_u64().unwrap_or(0) as usize];
            answer(session, step).unwrap_or_else(|error| refusal(&error))
        })
        .collect()
}

fn connect(place: &Value) -> HdbResult<Connection> {
    if let Some(url) = place["url"].as_str() {
        return Connection::new(url);
    }
    let text = |name: &str| place[name].as_str().unwrap().to_string();
    let der = text("der");
    let folder = Path::new(&der).parent().unwrap();
    let params = ConnectParams::builder()
        .hostname(text("host"))
        .port(place["port"].as_u64().unwrap() as u16)
        .dbuser(text("user"))
        .password(text("password"))
        .tls_with(ServerCerts::Directory(folder.display().to_string()))
        .build()?;
    let session = Connection::new(params)?;
    session.exec(format!("SET SCHEMA {}", text("schema")))?;
    Ok(session)
}

fn answer(session: &Connection, step: &Value) -> HdbResult<Value> {
    match step["do"].as_str().unwrap() {
        "begin" => session.set_auto_commit(false)?,
        "commit" => session.commit()?,
        "rollback" => session.rollback()?,
        "batch" => return batch(session, step),
        _ => return execute(session, step),
    }
    Ok(json!({}))
}

fn execute(session: &Connection, step: &Value) -> HdbResult<Value> {
    let sql = step["sql"].as_str().unwrap();
    let timeout = step["timeout"].as_u64().map(std::time::Duration::from_secs);
    session.set_read_timeout(timeout)?;
    let response = match step["parameters"].as_array() {
        None => session.statement(sql)?,
        Some(given) => {
            let mut statement = session.prepare(sql)?;
            let response = statement.execute_row(given.iter().map(value).collect())?;
            // The statement is dropped behind its rows.
            return outcome(response.into_single_retval()?);
        }
    };
    outcome(response.into_single_retval()?)
}

fn outcome(found: HdbReturnValue) -> HdbResult<Value> {
    match found {
        HdbReturnValue::ResultSet(rows) => read(rows),
        HdbReturnValue::AffectedRows(counts) => Ok(json!({"count": counts.iter().sum::<usize>()})),
        _ => Ok(json!({"count": 0})),
    }
}

fn batch(session: &Connection, step: &Value) -> HdbResult<Value> {
    let mut statement = session.prepare(step["sql"].as_str().unwrap())?;
    for row in step["rows"].as_array().unwrap() {
        statement.add_row_to_batch(row.as_array().unwrap().iter().map(value).collect())?;
    }
    match statement.execute_batch() {
        Ok(response) => Ok(json!({"counts": response.into_affected_rows()?})),
        Err(HdbError::ExecutionResults(results)) => {
            let mut told = Value::Null;
            let mut counts = Vec::new();
            for result in results {
                match result {
                    ExecutionResult::RowsAffected(count) => counts.push(count as i64),
                    ExecutionResult::Failure(error) => {
                        counts.push(-3);
                        if let (true, Some(error)) = (told.is_null(), error) {
                            told = json!({"code": error.code(), "text": error.text()});
                        }
                    }
                    _ => counts.push(-2),
                }
            }
            Ok(json!({"counts": counts, "error": told}))
        }
        Err(error) => Err(error),
    }
}

/// A parameter: most kinds may be sent as text, whatever the type of the column.
fn value(parameter: &Value) -> HdbValue<'static> {
    let Some(text) = parameter[1].as_str() else {
        return HdbValue::NULL;
    };
    let times = parameter[2].as_u64().unwrap_or(1) as usize;
    match parameter[0].as_str().unwrap() {
        "bytes" => HdbValue::BINARY(hex::decode(text).unwrap()),
        "boolean" => HdbValue::BOOLEAN(text == "true"),
        "long text" => stream(text.repeat(times).into_bytes()),
        "long bytes" => stream(hex::decode(text.repeat(times)).unwrap()),
        _ => HdbValue::STRING(text.to_string()),
    }
}

fn stream(bytes: Vec<u8>) -> HdbValue<'static> {
    HdbValue::SYNC_LOBSTREAM(Some(Arc::new(Mutex::new(Cursor::new(bytes)))))
}

fn read(mut result: ResultSet) -> HdbResult<Value> {
    let metadata = result.metadata();
    let types: Vec<TypeId> = metadata.iter().map(|column| column.type_id()).collect();
    let names: Vec<String> = metadata
        .iter()
        .map(|column| column.displayname().to_string())
        .collect();
    let shown: Vec<String> = types.iter().map(|type_| format!("{type_}")).collect();
    let mut rows = Vec::new();
    while let Some(row) = result.next_row()? {
        let cells: HdbResult<Vec<Value>> = row
            .zip(&types)
            .map(|(cell, type_)| text(cell, *type_))
            .collect();
        rows.push(Value::Array(cells?));
    }
    Ok(json!({"names": names, "types": shown, "rows": rows}))
}

fn text(cell: HdbValue<'static>, type_: TypeId) -> HdbResult<Value> {
    if cell.is_null() {
        return Ok(Value::Null);
    }
    Ok(json!(match (cell, type_) {
        (HdbValue::BINARY(bytes), _) => hex::encode(bytes),
        (cell, TypeId::BLOB) => {
            let bytes: serde_bytes::ByteBuf = cell.try_into()?;
            shortened(hex::encode(bytes))
        }
        (cell, TypeId::CLOB | TypeId::NCLOB | TypeId::TEXT) =>
            shortened(cell.try_into::<String>()?),
        (cell, _) => cell.to_string(),
    }))
}

/// A long text as its length and digest.
fn shortened(text: String) -> String {
    if text.len() <= 1000 {
        return text;
    }
    format!(
        "{} {}",
        text.chars().count(),
        hex::encode(Sha256::digest(&text))
    )
}

/// The server's error, however deep it lies, or the client's own with all its causes.
fn refusal(error: &HdbError) -> Value {
    let inner = match error {
        HdbError::Authentication { source } => source,
        _ => error,
    };
    if let Some(told) = inner.server_error() {
        return json!({"error": {"code": told.code(), "text": told.text(), "position": told.position()}});
    }
    let mut texts = vec![error.to_string()];
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        texts.push(inner.to_string());
        cause = inner.source();
    }
    json!({"error": {"code": -1, "text": texts.join(": ")}})
}
