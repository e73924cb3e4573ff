package io.github.afterimage.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages of serve about wrong options. */
class ServeOptionsTest {
    @TempDir
    private Path folder;

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("serve.properties"), List.of(lines));
    }

    @Test
    void aValueOutOfRangeIsNamedWithItsBound() throws IOException {
        Path index = TwoClasses.index(folder);
        Run.refused("serve --index %s --max-connections -1", index)
                .startsWith("afterimage: maxConnections -1: expected a positive number");
        Run.refused("serve --index %s --config %s", index, file("max-delay = -1"))
                .startsWith("afterimage: maxDelay -1 ms: expected 0 to one minute");
        Run.refused("serve --demo --watch -2 --config %s", file("watch = -1"))
                .isEqualTo("afterimage: --watch -2: expected 0 or more seconds");
    }

    @Test
    void aFileThatIsWrongIsAWrongCommandLine() throws IOException {
        Run.refused("serve --index a --config %s", file("max_conections = 1"))
                .contains(
                        "Unknown option: '--max_conections', did you mean",
                        "--max-connections",
                        "; see afterimage serve --help");
        Run.refused("serve --index a --config %s", file("port = many"))
                .startsWith("afterimage: Invalid value for option '--port': 'many' is not an int, on the command"
                        + " line, in the environment or in the file of --config; see");
        Run.refused("serve --index a --config").contains("--config");
        Run.printed("serve --help --config %s", folder.resolve("none")).contains("--max-body");
    }
}
