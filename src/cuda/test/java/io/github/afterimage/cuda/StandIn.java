package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.JavaCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The stand-in for the driver, native/test/cuda/driver, which fails where a test wants it. */
final class StandIn {
    private static final String FAULT = System.getenv("STAND_IN_FAULT");

    private StandIn() {}

    /** Skips the test where there is a real driver, or none. */
    static void needed() {
        assumeTrue(present(), "not on the stand-in for the driver; tools/cuda-on-host.sh runs this test");
    }

    static boolean present() {
        return FAULT != null;
    }

    /** Makes the next call of a name fail. */
    static void fail(String call, int result) {
        try {
            Files.writeString(Path.of(FAULT), call + " " + result);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the stand-in a fault of native/test/cuda/driver/mutations.txt, or none for "". */
    static void mutate(String name) {
        try {
            Files.writeString(Path.of(System.getenv("STAND_IN_MUTATION")), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the wait for a failure; returns false if the call was never made. */
    static boolean failed() {
        try {
            return !present() || !Files.deleteIfExists(Path.of(FAULT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program in a virtual machine of its own, and returns the lines that it prints. */
    static List<String> run(Class<?> main, Map<String, String> environment, String... arguments) throws Exception {
        ProcessBuilder command =
                new ProcessBuilder(JavaCommand.of(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1"), main, arguments));
        command.environment().putAll(environment);
        Process process = command.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
