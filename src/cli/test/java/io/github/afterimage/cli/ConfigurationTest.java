package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options of serve in a file, in the environment and on the command line. */
class ConfigurationTest {
    @TempDir
    private Path folder;

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("serve.properties"), List.of(lines));
    }

    /** The values and sources by name. */
    private static Map<String, Map<String, Object>> options(Map<String, Object> shown) {
        Map<String, Map<String, Object>> options = new LinkedHashMap<>();
        Run.objects(shown, "options")
                .forEach(option -> options.put(option.get("name").toString(), option));
        return options;
    }

    @Test
    void theCommandLineComesBeforeTheFile() throws IOException {
        Path file =
                file("# a comment", "port = 1234", "host=0.0.0.0", "access-log = true", "index = birds.safetensors");
        Map<String, Map<String, Object>> options =
                options(Run.json("serve --config %s --show-config --port 9000", file));
        assertThat(options.get("port")).containsEntry("value", "9000").containsEntry("source", "command line");
        assertThat(options.get("host"))
                .containsEntry("value", "0.0.0.0")
                .containsEntry("source", "file " + file + ", line 3");
        assertThat(options.get("access-log")).containsEntry("value", "true");
        assertThat(options.get("index")).containsEntry("value", "birds.safetensors");
        assertThat(options.get("max-body")).containsEntry("value", "64m").containsEntry("source", "default");
        assertThat(options.get("name")).containsEntry("value", "afterimage").containsEntry("source", "default");
        assertThat(options.get("token-file")).containsEntry("source", "default").doesNotContainKey("value");
        assertThat(options).doesNotContainKeys("config", "show-config", "json", "help");
    }

    @Test
    void aFlagOfTheCommandLineIsSetWhateverTheFileHolds() throws IOException {
        Path file = file("access-log = true", "teach = false", "no-verify = true", "port = 1234");
        Map<String, Map<String, Object>> options =
                options(Run.json("serve --demo --access-log --teach --show-config --config %s", file));
        for (String flag : List.of("demo", "access-log", "teach", "no-verify")) {
            assertThat(options.get(flag)).as(flag).containsEntry("value", "true");
        }
        assertThat(options.get("access-log")).containsEntry("source", "command line");
        assertThat(options.get("no-verify")).containsEntry("source", "file " + file + ", line 3");
        assertThat(options.get("port")).containsEntry("value", "1234");
    }

    @Test
    void theEnvironmentComesBeforeTheFileAndAfterTheCommandLine() throws Exception {
        Path file = file("port = 1234", "host = 0.0.0.0", "drain = 5");
        ProcessBuilder command = new ProcessBuilder(JavaCommand.of(
                List.of(), Afterimage.class, "serve", "--index", "a", "--show-config", "--json", "--host", "::1"));
        command.environment().put("AFTERIMAGE_SERVE_CONFIG", file.toString());
        command.environment().put("AFTERIMAGE_SERVE_PORT", "5678");
        command.environment().put("AFTERIMAGE_SERVE_HOST", "127.0.0.9");
        Process process = command.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isZero();
        Map<String, Map<String, Object>> options = options(JSON.std.mapFrom(out));
        assertThat(options.get("host")).containsEntry("value", "::1").containsEntry("source", "command line");
        assertThat(options.get("port"))
                .containsEntry("value", "5678")
                .containsEntry("source", "environment AFTERIMAGE_SERVE_PORT");
        assertThat(options.get("drain"))
                .containsEntry("value", "5")
                .containsEntry("source", "file " + file + ", line 3");
    }

    @Test
    void aNameThatIsUnknownIsAnErrorWithTheNearestOne() throws IOException {
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("prot = 1")))
                .contains(folder + "/serve.properties, line 1: unknown option \"prot\", did you mean port");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("port = 1", "token-for-reads")))
                .contains("/serve.properties, line 2: token-for-reads has no value: expected true or false");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("host =")))
                .contains("/serve.properties, line 1: host has no value: expected HOST");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("help = true")))
                .contains("unknown option \"help\"");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("max_conections = 1")))
                .contains("did you mean max-connections?");
    }

    @Test
    void parametersOfTheLibraryAreNamedAsOptions() throws IOException {
        Path index = TwoClasses.index(folder);
        assertThat(Run.failure(ExitCode.USAGE, "serve --index %s --theta 2 --max-connections -1", index))
                .startsWith("afterimage: --max-connections -1: expected a positive number");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index %s --theta 2 --config %s", index, file("max-delay = -1")))
                .contains("serve.properties, line 1: --max-delay -1 ms: expected 0 to one minute");
    }

    @Test
    void wrongValuesAndFilesAreRefused() throws IOException {
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("port = many")))
                .contains("file " + folder + "/serve.properties, line 1: invalid value", "--port", "'many'");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --port many")).startsWith("afterimage: invalid value");
        assertThat(Run.failure(ExitCode.USAGE, "serve --demo --config %s", file("", "watch = -1")))
                .contains("file " + folder + "/serve.properties, line 2: --watch -1: expected");
        assertThat(Run.failure(ExitCode.USAGE, "serve --demo --watch -2 --config %s", file("watch = -1")))
                .isEqualTo("afterimage: --watch -2: expected 0 or more seconds");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("port = 1", "# two", "port: 2")))
                .contains(folder + "/serve.properties, line 3: port is set again, after file " + folder
                        + "/serve.properties, line 1: expected it once");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", folder.resolve("none")))
                .contains("--config " + folder.resolve("none") + " cannot be read");
        assertThat(Run.failure(ExitCode.USAGE, "serve --index a --config %s", file("port = \\u00zz")))
                .contains("expected lines such as port = 8080");
        assertThat(Run.done("serve --help --config %s", folder.resolve("none")).out())
                .contains("--max-body");
    }
}
