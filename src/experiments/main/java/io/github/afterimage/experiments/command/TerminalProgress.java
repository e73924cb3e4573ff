package io.github.afterimage.experiments.command;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.report.Format;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/** A bar with rate and time left, or nothing where nobody watches; in both cases it stops work that was interrupted. */
public final class TerminalProgress implements Progress, AutoCloseable {
    private static final int MAX_COLUMNS = 80;
    private static final int BAR_COLUMNS = 20;
    private static final int UPDATE_MILLIS = 250;

    private final String task;
    private final boolean visible;
    private @Nullable ProgressBar bar;
    private @Nullable Line line;

    public TerminalProgress(String task, boolean visible) {
        this.task = task;
        this.visible = visible;
    }

    @Override
    public void report(long done, long total) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(task + ": interrupted after " + done + " of " + total);
        }
        if (visible) {
            if (bar == null) {
                bar = bar(total);
            }
            bar.stepTo(done);
        }
    }

    /** Makes room for a message on standard error. */
    public void clear() {
        if (line != null) {
            line.clear();
        }
    }

    private ProgressBar bar(long total) {
        // Asked for here: the library needs native code for it that warns where it cannot.
        line = new Line(Math.min(MAX_COLUMNS, Terminal.ERRORS.columns().orElse(MAX_COLUMNS)) - 1);
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setRenderer(TerminalProgress::render)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setConsumer(line)
                .build();
    }

    /**
     * {@code indexing  64 %  [######    ]  1,280 of 2,000  610/s  0:01 left}, with the rate over the whole time; cut where
     * it does not fit.
     */
    public static String render(ProgressState state, int columns) {
        double seconds = state.getElapsedAfterStart().toMillis() / 1e3;
        double fraction = state.getNormalizedProgress();
        String pace = "";
        if (fraction > 0 && seconds >= 1) {
            long secondsLeft = Math.round(seconds * (1 - fraction) / fraction);
            pace = String.format(
                    Locale.ROOT,
                    "  %,.0f/s  %d:%02d left",
                    Format.perSecond(state.getCurrent(), seconds),
                    secondsLeft / 60,
                    secondsLeft % 60);
        }
        int done = (int) (BAR_COLUMNS * fraction);
        String text = String.format(
                Locale.ROOT,
                "%s %3.0f %%  [%s%s]  %,d of %,d%s",
                state.getTaskName(),
                100 * fraction,
                "#".repeat(done),
                " ".repeat(BAR_COLUMNS - done),
                state.getCurrent(),
                state.getMax(),
                pace);
        return text.length() > columns ? text.substring(0, columns) : text + " ".repeat(columns - text.length());
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    /** One line of standard error, written over and over and empty in the end. */
    private record Line(int columns) implements ProgressBarConsumer {
        @Override
        public int getMaxRenderedLength() {
            return columns;
        }

        @Override
        public void accept(String text) {
            System.err.print("\r" + text);
            System.err.flush();
        }

        @Override
        public void clear() {
            accept(" ".repeat(columns) + "\r");
        }

        @Override
        public void close() {
            clear();
        }
    }
}
