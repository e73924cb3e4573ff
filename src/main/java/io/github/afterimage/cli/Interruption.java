package io.github.afterimage.cli;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.utils.Signals;

/**
 * Lets Ctrl-C end a command in order: its thread is interrupted and removes what it began to write. Asked a second time,
 * the process ends at once.
 */
final class Interruption {
    private Interruption() {}

    /** From now on, a signal that asks the process to end interrupts {@code worker}. */
    static void interrupt(Thread worker) {
        AtomicBoolean asked = new AtomicBoolean();
        // Not a shutdown hook: ONNX Runtime's own hook would take its environment away from a running network.
        for (String signal : List.of("INT", "TERM")) {
            Signals.register(signal, () -> {
                if (asked.getAndSet(true)) {
                    Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
                }
                worker.interrupt();
            });
        }
    }
}
