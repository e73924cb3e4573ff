package io.github.afterimage.cli.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Options of serve in a file, in the environment and on the command line. */
class ConfigurationTest {
    private final CommandLine command = new CommandLine(new ServeCommand()).setToggleBooleanFlags(true);

    @TempDir
    private Path folder;

    private String file(String... lines) throws IOException {
        return Files.write(folder.resolve("serve.properties"), List.of(lines)).toString();
    }

    private void parse(Map<String, String> environment, String... arguments) {
        Configuration.apply(command, List.of(arguments), environment);
        command.parseArgs(arguments);
    }

    private Object value(String option) {
        return command.getCommandSpec().findOption(option).getValue();
    }

    private String problem(Map<String, String> environment, String... arguments) {
        return catchThrowableOfType(ParameterException.class, () -> parse(environment, arguments))
                .getMessage();
    }

    private String problemOf(String... lines) throws IOException {
        return problem(Map.of(), "--index", "a", "--config", file(lines));
    }

    @Test
    void theCommandLineComesBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
        String file =
                file("# a comment", "port = 1234 ", "host=0.0.0.0", "access-log = true", "drain = 5", "index = a");
        parse(
                Map.of(
                        "AFTERIMAGE_SERVE_CONFIG", file,
                        "AFTERIMAGE_SERVE_PORT", "5678",
                        "AFTERIMAGE_SERVE_HOST", "127.0.0.9",
                        "AFTERIMAGE_STACK_TRACE", "1"),
                "--host",
                "::1");
        assertThat(value("--host")).isEqualTo("::1");
        assertThat(value("--port")).isEqualTo(5678);
        assertThat(value("--drain")).isEqualTo(5L);
        assertThat(value("--access-log")).isEqualTo(true);
        assertThat(value("--index")).isEqualTo(Path.of("a"));
        assertThat(value("--max-body")).isEqualTo("64m");
    }

    @Test
    void aFlagOfTheCommandLineIsSetWhateverTheFileHolds() throws IOException {
        String file = file("access-log = true", "teach = false", "no-verify = true", "token-for-reads = false");
        parse(Map.of(), "--demo", "--access-log", "--teach", "--config=" + file);
        for (String flag : List.of("--demo", "--access-log", "--teach", "--no-verify")) {
            assertThat(value(flag)).as(flag).isEqualTo(true);
        }
        assertThat(value("--token-for-reads")).isEqualTo(false);
    }

    @Test
    void aWrongLineIsNamedWithItsFile() throws IOException {
        assertThat(problemOf("prt = 1"))
                .isEqualTo("file " + folder + "/serve.properties: Unknown option: '--prt', did you mean --port?");
        assertThat(problemOf("port = 1", "token-for-reads"))
                .endsWith("/serve.properties: --token-for-reads has no value: expected true or false");
        assertThat(problemOf("host =")).endsWith(": --host has no value: expected HOST");
        assertThat(problemOf("help = true")).contains("Unknown option: '--help'");
        assertThat(problemOf("serve.port = 1")).contains("Unknown option: '--serve.port'");
        assertThat(problemOf("access-log = perhaps")).contains("'--access-log'", "'perhaps' is not a boolean");
        assertThat(problemOf("port = many")).contains("Invalid value for option '--port'", "'many'");
        assertThat(problemOf("port = \\u00zz")).contains("expected lines such as port = 8080");
        assertThat(problem(Map.of(), "--config", "nowhere")).startsWith("--config nowhere cannot be read");
    }

    @Test
    void aWrongVariableIsNamed() {
        assertThat(problem(Map.of("AFTERIMAGE_SERVE_PORT", "many")))
                .contains("Invalid value for option '--port'", "'many'");
        assertThat(problem(Map.of("AFTERIMAGE_SERVE_TOKEN_FOR_READS", "")))
                .isEqualTo("environment AFTERIMAGE_SERVE_TOKEN_FOR_READS: --token-for-reads has no value: expected true"
                        + " or false");
        assertThat(problem(Map.of("AFTERIMAGE_SERVE_MAXBODY", "1m")))
                .startsWith("environment AFTERIMAGE_SERVE_MAXBODY: Unknown option: '--maxbody', did you mean")
                .contains("--max-body");
    }
}
