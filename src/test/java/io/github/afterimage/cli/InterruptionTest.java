package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptionTest {
    @TempDir
    private Path folder;

    @AfterEach
    void forget() {
        Thread.interrupted();
    }

    @Test
    void interruptedWorkStopsAtTheNextReport() {
        try (TerminalProgress progress = new TerminalProgress("indexing", false)) {
            progress.report(1, 3);
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> progress.report(2, 3));
        }
    }

    @Test
    void anInterruptedCommandLeavesNothingBehind() throws IOException {
        String data = TwoClasses.keys(folder);
        Path out = folder.resolve("index.safetensors");
        Thread.currentThread().interrupt();
        assertThat(Run.failure(ExitCode.INTERRUPTED, "build", "--data", data, "--out", out))
                .isEqualTo("afterimage: interrupted; nothing unfinished was written");
        assertThat(out).doesNotExist();
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void anInterruptedBuildInPartsSaysThatItGoesOn() throws IOException {
        String data = TwoClasses.keys(folder);
        Path out = folder.resolve("index.safetensors");
        Thread.currentThread().interrupt();
        assertThat(Run.failure(ExitCode.INTERRUPTED, "build", "--data", data, "--part-bytes", "8", "--out", out))
                .isEqualTo(
                        "afterimage: interrupted; the same command goes on behind the parts that are finished beside "
                                + out);
    }
}
