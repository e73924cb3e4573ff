package io.github.afterimage.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.platform.NativeLibrary;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets system calls of a process fail, fail after their effect or do half of their work, and takes its power away at each
 * acknowledgement: random {@linkplain IndexLife lives} of an index. {@code tools/faults.sh} runs it for longer.
 */
@Tag("long")
class SystemCallsTest {
    private static final long SECONDS = Long.getLong("afterimage.callSeconds", 4);

    @TempDir
    private Path folder;

    @Test
    void whateverCallFailsAndWheneverThePowerIsLostTheIndexOpensAndKeepsItsPromise() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        Path calls = folder.resolve("calls");
        SystemCalls.prepare(calls);
        ProcessBuilder lives = new ProcessBuilder(JavaCommand.of(
                        List.of("-Xmx384m"),
                        IndexLives.class,
                        Long.toString(SECONDS),
                        Long.toString(Long.getLong("afterimage.callSeed", System.nanoTime())),
                        Long.toString(Long.getLong("afterimage.callLives", Long.MAX_VALUE)),
                        Files.createDirectory(folder.resolve("states")).toString()))
                .redirectErrorStream(true);
        lives.environment().put("LD_PRELOAD", library().toString());
        lives.environment().put(SystemCalls.FILE, calls.toString());
        lives.environment()
                .put(
                        SystemCalls.FOLDER,
                        Files.createDirectory(folder.resolve("index"))
                                .toRealPath()
                                .toString());
        Process process = lives.start();
        try (BufferedReader output = process.inputReader()) {
            output.lines().forEach(System.out::println);
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private Path library() throws IOException, InterruptedException {
        Path library = folder.resolve("faults.so");
        Process compiler;
        try {
            compiler = new ProcessBuilder("cc", "-O1", "-shared", "-fPIC", "-o", library.toString(), "tools/faults.c")
                    .inheritIO()
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "no C compiler for Linux");
            throw e;
        }
        assertThat(compiler.waitFor()).isZero();
        return library;
    }
}
