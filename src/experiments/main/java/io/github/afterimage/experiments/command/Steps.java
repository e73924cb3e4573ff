package io.github.afterimage.experiments.command;

import io.github.afterimage.Progress;
import java.io.IOException;

/** The steps of a command's work, whose progress is shown. */
public interface Steps {
    /** @param task one word, such as {@code indexing} */
    TerminalProgress progress(String task);

    /** A step of the work. */
    interface Step<T> {
        T run(Progress progress) throws IOException;
    }

    /** Takes a step. */
    default <T> T step(String task, Step<T> step) throws IOException {
        try (TerminalProgress progress = progress(task)) {
            return step.run(progress);
        }
    }

    /** Takes a step over data; what does not fit is said with their name. */
    default <T> T step(String task, String data, Step<T> step) throws IOException {
        return Failure.naming(data, () -> step(task, step));
    }
}
