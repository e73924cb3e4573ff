package io.github.afterimage.experiments.command;

import io.github.afterimage.experiments.report.ExitCode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jline.utils.Signals;

/**
 * Ends a command in order after Ctrl-C, SIGTERM or the closing of its terminal: its thread is interrupted and removes
 * unfinished files. A second signal ends the process at once, and so does the end of the time that a command has to stop: ONNX Runtime
 * does not stop to read or to simplify a network.
 */
public final class Interruption {
    private static final Map<String, Integer> EXIT_CODES =
            Map.of("INT", ExitCode.INTERRUPTED, "TERM", ExitCode.TERMINATED, "HUP", ExitCode.HUNG_UP);

    /** 0 until a signal came. */
    private static final AtomicInteger SIGNALLED = new AtomicInteger();

    /** Docker gives a container as much. */
    private static final long STOP_SECONDS = 10;

    private static volatile boolean unlimited;

    private Interruption() {}

    /** Gives the command as much time to stop as it takes. */
    public static void stopWithoutLimit() {
        unlimited = true;
    }

    /** From now on, a signal that asks the process to end interrupts {@code worker}. */
    public static void interrupt(Thread worker) {
        interrupt(worker, STOP_SECONDS);
    }

    static void interrupt(Thread worker, long stopSeconds) {
        // Not a shutdown hook: ONNX Runtime's own hook would take its environment away from a running network.
        EXIT_CODES.forEach((signal, exitCode) -> Signals.register(signal, () -> {
            if (!SIGNALLED.compareAndSet(0, exitCode)) {
                Runtime.getRuntime().halt(exitCode);
            }
            worker.interrupt();
            CompletableFuture.delayedExecutor(stopSeconds, TimeUnit.SECONDS).execute(() -> {
                if (!unlimited) {
                    Runtime.getRuntime().halt(exitCode);
                }
            });
        }));
    }

    /** The exit code of an interrupted command: that of the signal, or of Ctrl-C where its thread was interrupted otherwise. */
    public static int exitCode() {
        int signalled = SIGNALLED.get();
        return signalled == 0 ? ExitCode.INTERRUPTED : signalled;
    }
}
