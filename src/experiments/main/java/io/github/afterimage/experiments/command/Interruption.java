package io.github.afterimage.experiments.command;

import io.github.afterimage.experiments.report.ExitCode;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jline.utils.Signals;

/**
 * Ends a command in order after Ctrl-C, SIGTERM or the closing of its terminal: its thread is interrupted and removes
 * unfinished files. A second signal ends the process at once.
 */
public final class Interruption {
    private static final Map<String, Integer> EXIT_CODES =
            Map.of("INT", ExitCode.INTERRUPTED, "TERM", ExitCode.TERMINATED, "HUP", ExitCode.HUNG_UP);

    /** 0 until a signal came. */
    private static final AtomicInteger SIGNALLED = new AtomicInteger();

    private Interruption() {}

    /** From now on, a signal that asks the process to end interrupts {@code worker}. */
    public static void interrupt(Thread worker) {
        // Not a shutdown hook: ONNX Runtime's own hook would take its environment away from a running network.
        EXIT_CODES.forEach((signal, exitCode) -> Signals.register(signal, () -> {
            if (!SIGNALLED.compareAndSet(0, exitCode)) {
                Runtime.getRuntime().halt(exitCode);
            }
            worker.interrupt();
        }));
    }

    /** The exit code of an interrupted command: that of the signal, or of Ctrl-C where its thread was interrupted otherwise. */
    public static int exitCode() {
        int signalled = SIGNALLED.get();
        return signalled == 0 ? ExitCode.INTERRUPTED : signalled;
    }
}
