import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Runs commands of Flyway's: `java Migrate URL USER PASSWORD SCHEMA FOLDER migrate|validate|clean ...`. */
public class Migrate {
  public static void main(String[] arguments) {
    Flyway flyway =
        Flyway.configure()
            .dataSource(arguments[0], arguments[1], arguments[2])
            .defaultSchema(arguments[3])
            .locations("filesystem:" + arguments[4])
            .cleanDisabled(false)
            // It writes its history, in a transaction of its own, while that of a script is open: two
            // writers at a time, which the local HANA does not have.
            .executeInTransaction(false)
            .load();
    for (int index = 5; index < arguments.length; index++) {
      try {
        System.out.println(arguments[index] + ": " + done(flyway, arguments[index]));
      } catch (FlywayException error) {
        System.out.println(arguments[index] + " fails: " + error.getMessage().replace("\n", " | "));
      }
    }
  }

  private static String done(Flyway flyway, String command) {
    return switch (command) {
      case "migrate" -> flyway.migrate().migrationsExecuted + " run";
      case "clean" -> flyway.clean().schemasCleaned.toString();
      case "validate" -> {
        flyway.validate();
        yield "as it was";
      }
      default -> throw new IllegalArgumentException(command);
    };
  }
}
