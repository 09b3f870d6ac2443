import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;

/** Runs the steps of tests/clients/steps.py through SAP's JDBC driver. */
public class Client {
  private final Gson gson = new GsonBuilder().serializeNulls().create();
  private final List<Connection> sessions = new ArrayList<>();
  private Savepoint savepoint;

  public static void main(String[] arguments) throws Exception {
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Gson gson = new GsonBuilder().serializeNulls().create();
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      JsonArray answers = new Client().run(JsonParser.parseString(line).getAsJsonObject());
      System.out.write((gson.toJson(answers) + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }
  }

  private JsonArray run(JsonObject asked) {
    JsonArray answers = new JsonArray();
    JsonObject place = asked.getAsJsonObject("connection");
    try {
      for (int number = 0; number < asked.get("sessions").getAsInt(); number++) {
        sessions.add(connect(place));
      }
    } catch (SQLException error) {
      answers.add(refusal(error));
      return answers;
    }
    for (JsonElement step : asked.getAsJsonArray("steps")) {
      try {
        answers.add(answer(step.getAsJsonObject()));
      } catch (Exception error) {
        answers.add(refusal(error));
      }
    }
    for (Connection session : sessions) {
      try {
        session.close();
      } catch (SQLException ignored) {
        // A session that a step has broken.
      }
    }
    return answers;
  }

  private Connection connect(JsonObject place) throws SQLException {
    if (place.has("url")) {
      return DriverManager.getConnection(place.get("url").getAsString());
    }
    Properties given = new Properties();
    given.setProperty("user", place.get("user").getAsString());
    given.setProperty("password", place.get("password").getAsString());
    given.setProperty("encrypt", "true");
    given.setProperty("validateCertificate", "true");
    given.setProperty("trustStore", place.get("trust_store").getAsString());
    given.setProperty("trustStoreType", "PKCS12");
    given.setProperty("trustStorePassword", "changeit");
    given.setProperty("currentSchema", place.get("schema").getAsString());
    return DriverManager.getConnection(
        "jdbc:sap://" + place.get("host").getAsString() + ":" + place.get("port").getAsInt() + "/", given);
  }

  private JsonObject answer(JsonObject step) throws Exception {
    Connection session = sessions.get(step.has("session") ? step.get("session").getAsInt() : 0);
    JsonObject answer = new JsonObject();
    switch (step.get("do").getAsString()) {
      case "begin" -> session.setAutoCommit(false);
      case "commit" -> session.commit();
      case "rollback" -> session.rollback();
      case "savepoint" -> savepoint = session.setSavepoint("HERE");
      case "rollback to savepoint" -> session.rollback(savepoint);
      case "execute" -> execute(session, step, answer);
      case "batch" -> batch(session, step, answer);
      case "statements" -> statements(session, step, answer);
      case "call" -> call(session, step, answer);
      case "metadata" -> metadata(session, step, answer);
      default -> throw new IllegalArgumentException(step.toString());
    }
    return answer;
  }

  private void execute(Connection session, JsonObject step, JsonObject answer) throws Exception {
    String sql = step.get("sql").getAsString();
    if (!step.has("parameters")) {
      try (Statement statement = session.createStatement()) {
        statement.setQueryTimeout(step.has("timeout") ? step.get("timeout").getAsInt() : 0);
        outcome(statement, statement.execute(sql), answer);
      }
      return;
    }
    try (PreparedStatement statement = session.prepareStatement(sql)) {
      bind(statement, step.getAsJsonArray("parameters"));
      outcome(statement, statement.execute(), answer);
    }
  }

  /** A procedure: its OUT parameters are named, and its result sets counted. */
  private void call(Connection session, JsonObject step, JsonObject answer) throws Exception {
    try (CallableStatement statement = session.prepareCall(step.get("sql").getAsString())) {
      JsonObject values = new JsonObject();
      int count = statement.getParameterMetaData().getParameterCount();
      bind(statement, step.getAsJsonArray("parameters"));
      for (int index = step.getAsJsonArray("parameters").size() + 1; index <= count; index++) {
        statement.registerOutParameter(index, statement.getParameterMetaData().getParameterType(index));
      }
      boolean rows = statement.execute();
      for (JsonElement name : step.getAsJsonArray("outs")) {
        values.addProperty(name.getAsString(), statement.getLong(name.getAsString()));
      }
      answer.add("outs", values);
      JsonArray results = new JsonArray();
      for (; rows; rows = statement.getMoreResults()) {
        try (ResultSet result = statement.getResultSet()) {
          JsonObject read = new JsonObject();
          read(result, read);
          results.add(read);
        }
      }
      answer.add("results", results);
    }
  }

  private void outcome(Statement statement, boolean rows, JsonObject answer) throws Exception {
    if (rows) {
      try (ResultSet result = statement.getResultSet()) {
        read(result, answer);
      }
    } else {
      answer.addProperty("count", statement.getUpdateCount());
    }
  }

  private void batch(Connection session, JsonObject step, JsonObject answer) throws Exception {
    try (PreparedStatement statement = session.prepareStatement(step.get("sql").getAsString())) {
      for (JsonElement row : step.getAsJsonArray("rows")) {
        bind(statement, row.getAsJsonArray());
        statement.addBatch();
      }
      counted(statement, answer);
    }
  }

  private void statements(Connection session, JsonObject step, JsonObject answer) throws Exception {
    try (Statement statement = session.createStatement()) {
      for (JsonElement sql : step.getAsJsonArray("statements")) {
        statement.addBatch(sql.getAsString());
      }
      counted(statement, answer);
    }
  }

  private void counted(Statement statement, JsonObject answer) throws Exception {
    try {
      answer.add("counts", gson.toJsonTree(statement.executeBatch()));
    } catch (BatchUpdateException error) {
      answer.add("error", refusal(error).get("error"));
      answer.add("counts", gson.toJsonTree(error.getUpdateCounts()));
    }
  }

  private void bind(PreparedStatement statement, JsonArray parameters) throws Exception {
    for (int index = 1; index <= parameters.size(); index++) {
      JsonArray parameter = parameters.get(index - 1).getAsJsonArray();
      String kind = parameter.get(0).getAsString();
      String value = parameter.get(1).isJsonNull() ? null : parameter.get(1).getAsString();
      if (value == null) {
        statement.setNull(index, Types.NULL);
        continue;
      }
      switch (kind) {
        case "int" -> statement.setLong(index, Long.parseLong(value));
        case "decimal" -> statement.setBigDecimal(index, new BigDecimal(value));
        case "double" -> statement.setDouble(index, Double.parseDouble(value));
        case "text" -> statement.setString(index, value);
        case "bytes" -> statement.setBytes(index, HexFormat.of().parseHex(value));
        case "boolean" -> statement.setBoolean(index, Boolean.parseBoolean(value));
        case "date" -> statement.setDate(index, Date.valueOf(value));
        case "time" -> statement.setTime(index, Time.valueOf(value));
        case "timestamp" -> statement.setTimestamp(index, Timestamp.valueOf(value));
        case "long text" -> {
          String text = value.repeat(parameter.get(2).getAsInt());
          statement.setCharacterStream(index, new StringReader(text), text.length());
        }
        case "long bytes" -> {
          byte[] bytes = HexFormat.of().parseHex(value.repeat(parameter.get(2).getAsInt()));
          statement.setBinaryStream(index, new ByteArrayInputStream(bytes), bytes.length);
        }
        default -> throw new IllegalArgumentException(kind);
      }
    }
  }

  private void metadata(Connection session, JsonObject step, JsonObject answer) throws Exception {
    DatabaseMetaData metadata = session.getMetaData();
    String schema = step.get("schema").getAsString();
    String table = step.get("table").getAsString();
    String[] types = {"TABLE", "VIEW"};
    ResultSet result =
        switch (step.get("of").getAsString()) {
          case "Schemas" -> metadata.getSchemas(null, schema);
          case "Tables" -> metadata.getTables(null, schema, table, types);
          case "AllTables" -> metadata.getTables(null, schema, table, null);
          case "TableTypes" -> metadata.getTableTypes();
          case "Columns" -> metadata.getColumns(null, schema, table, "%");
          case "ColumnPrivileges" -> metadata.getColumnPrivileges(null, schema, table, "%");
          case "TablePrivileges" -> metadata.getTablePrivileges(null, schema, table);
          case "PrimaryKeys" -> metadata.getPrimaryKeys(null, schema, table);
          case "ImportedKeys" -> metadata.getImportedKeys(null, schema, table);
          case "ExportedKeys" -> metadata.getExportedKeys(null, schema, table);
          case "CrossReference" -> metadata.getCrossReference(null, schema, table, null, schema, table);
          case "IndexInfo" -> metadata.getIndexInfo(null, schema, table, false, true);
          case "Procedures" -> metadata.getProcedures(null, schema, "%");
          case "ProcedureColumns" -> metadata.getProcedureColumns(null, schema, "%", "%");
          case "Functions" -> metadata.getFunctions(null, schema, "%");
          case "FunctionColumns" -> metadata.getFunctionColumns(null, schema, "%", "%");
          case "TypeInfo" -> metadata.getTypeInfo();
          case "BestRowIdentifier" ->
              metadata.getBestRowIdentifier(null, schema, table, DatabaseMetaData.bestRowSession, true);
          case "VersionColumns" -> metadata.getVersionColumns(null, schema, table);
          case "UDTs" -> metadata.getUDTs(null, schema, "%", null);
          default -> throw new IllegalArgumentException(step.toString());
        };
    try (result) {
      read(result, answer);
    }
  }

  private void read(ResultSet result, JsonObject answer) throws Exception {
    ResultSetMetaData columns = result.getMetaData();
    JsonArray names = new JsonArray();
    JsonArray types = new JsonArray();
    for (int index = 1; index <= columns.getColumnCount(); index++) {
      names.add(columns.getColumnLabel(index));
      types.add(columns.getColumnTypeName(index));
    }
    JsonArray rows = new JsonArray();
    while (result.next()) {
      JsonArray row = new JsonArray();
      for (int index = 1; index <= columns.getColumnCount(); index++) {
        row.add(text(result, index, columns.getColumnType(index)));
      }
      rows.add(row);
    }
    answer.add("names", names);
    answer.add("types", types);
    answer.add("rows", rows);
  }

  private String text(ResultSet result, int index, int type) throws Exception {
    Object value = result.getObject(index);
    if (value == null) {
      return null;
    }
    if (value instanceof Clob clob) {
      return shortened(clob.getSubString(1, (int) clob.length()));
    }
    return switch (type) {
      case Types.BLOB, Types.BINARY, Types.VARBINARY -> shortened(HexFormat.of().formatHex(result.getBytes(index)));
      case Types.DECIMAL -> result.getBigDecimal(index).toPlainString();
      default -> shortened(value.toString());
    };
  }

  /** A long text as its length and digest. */
  private static String shortened(String text) throws Exception {
    if (text.length() <= 1000) {
      return text;
    }
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return text.codePointCount(0, text.length()) + " " + HexFormat.of().formatHex(digest);
  }

  private static JsonObject refusal(Exception error) {
    JsonObject told = new JsonObject();
    told.addProperty("code", error instanceof SQLException sql ? sql.getErrorCode() : -1);
    told.addProperty("text", String.valueOf(error.getMessage()));
    JsonObject answer = new JsonObject();
    answer.add("error", told);
    return answer;
  }
}
