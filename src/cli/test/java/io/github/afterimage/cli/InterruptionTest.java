package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
        Run.failed(ExitCode.INTERRUPTED, "build --data %s --out %s", data, out)
                .isEqualTo("afterimage: interrupted; nothing unfinished was written");
        assertThat(out).doesNotExist();
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void anInterruptedBuildInPartsSaysThatItGoesOn() throws IOException {
        String data = TwoClasses.keys(folder);
        Path out = folder.resolve("index.safetensors");
        Thread.currentThread().interrupt();
        Run.failed(ExitCode.INTERRUPTED, "build --data %s --part-bytes 8 --out %s", data, out)
                .isEqualTo(
                        "afterimage: interrupted; the same command continues behind the finished parts beside " + out);
    }

    @Test
    void anInterruptedTrialSaysThatItGoesOn() throws IOException {
        String data = TwoClasses.keys(folder);
        Path out = folder.resolve("trial");
        Files.createDirectories(out.resolve("work"));
        Thread.currentThread().interrupt();
        Run.failed(ExitCode.INTERRUPTED, "try --data %s --out %s", data, out)
                .isEqualTo("afterimage: interrupted; the same command continues with what is finished in "
                        + out.resolve("work"));
    }

    @Test
    void aTerminatedCommandEndsAsShellsExpectAndLeavesNothing() throws Exception {
        String keys = Clusters.write(folder.resolve("keys.npz"), 400_000, 1);
        assertEnds("TERM", ExitCode.TERMINATED, keys);
        assumeFalse(ignoresHangUps(), "tests that run under nohup ignore SIGHUP");
        assertEnds("HUP", ExitCode.HUNG_UP, keys);
    }

    private void assertEnds(String signal, int exitCode, String keys) throws Exception {
        Path out = folder.resolve("index.safetensors");
        Process process = new ProcessBuilder(JavaCommand.of(
                        List.of(),
                        Afterimage.class,
                        "build",
                        "--data",
                        keys,
                        "--reduce",
                        "gaussian:40",
                        "--out",
                        out.toString()))
                .redirectErrorStream(true)
                .start();
        // Reducing these takes far longer than until the file of keys is open.
        Path opened = Path.of("/proc", Long.toString(process.pid()), "fd");
        while (process.isAlive() && !opens(opened, "keys.npz")) {
            Thread.sleep(5);
        }
        new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
                .start()
                .waitFor();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("afterimage: interrupted; nothing unfinished was written\n");
        assertThat(process.exitValue()).isEqualTo(exitCode);
        assertThat(folder).isDirectoryNotContaining("glob:**index*");
    }

    @Test
    void aServerThatIsInterruptedAtItsStartSaysSo() throws IOException {
        Path index = TwoClasses.index(folder);
        Thread.currentThread().interrupt();
        Run.failed(ExitCode.INTERRUPTED, "serve --index %s --port 0", index)
                .isEqualTo("afterimage: interrupted; the server had not started");
    }

    private static boolean ignoresHangUps() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1) != 0);
    }

    private static boolean opens(Path descriptors, String name) throws IOException {
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.anyMatch(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).endsWith(name);
                } catch (IOException e) { // closed meanwhile
                    return false;
                }
            });
        }
    }
}
