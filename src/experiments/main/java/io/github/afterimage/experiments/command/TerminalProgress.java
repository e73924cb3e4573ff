package io.github.afterimage.experiments.command;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/** A bar with rate and time left, or nothing where nobody watches; in both cases it stops work that was interrupted. */
public final class TerminalProgress implements Progress, AutoCloseable {
    private static final int MAX_COLUMNS = 80;
    private static final int BAR_COLUMNS = 20;
    private static final double UPDATE_SECONDS = 0.25;

    private final String task;
    private final boolean visible;
    private final Stopwatch watch = Stopwatch.started();
    private double next;
    private int columns; // of the line on standard error, which is written over and over; 0 before the first

    public TerminalProgress(String task, boolean visible) {
        this.task = task;
        this.visible = visible;
    }

    @Override
    public synchronized void report(long done, long total) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(task + ": interrupted after " + done + " of " + total);
        }
        double seconds = watch.seconds();
        if (visible && seconds >= next) {
            next = seconds + UPDATE_SECONDS;
            columns = columns > 0
                    ? columns
                    : Math.min(MAX_COLUMNS, Terminal.ERRORS.columns().orElse(MAX_COLUMNS)) - 1;
            String line = line(done, total, seconds) + " ".repeat(columns);
            System.err.print("\r" + line.substring(0, columns));
            System.err.flush();
        }
    }

    /** Makes room for a message on standard error. */
    public synchronized void clear() {
        if (columns > 0) {
            System.err.print("\r" + " ".repeat(columns) + "\r");
            System.err.flush();
        }
    }

    /** {@code indexing  64 %  [######    ]  1,280 of 2,000  610/s  0:01 left}, with the rate over the whole time. */
    private String line(long done, long total, double seconds) {
        double fraction = total == 0 ? 1 : Math.min(1, (double) done / total);
        String pace = "";
        if (fraction > 0 && seconds >= 1) {
            long secondsLeft = Math.round(seconds * (1 - fraction) / fraction);
            pace = String.format(
                    Locale.ROOT,
                    "  %,.0f/s  %d:%02d left",
                    Format.perSecond(done, seconds),
                    secondsLeft / 60,
                    secondsLeft % 60);
        }
        int full = (int) (BAR_COLUMNS * fraction);
        return String.format(
                Locale.ROOT,
                "%s %3.0f %%  [%s%s]  %,d of %,d%s",
                task,
                100 * fraction,
                "#".repeat(full),
                " ".repeat(BAR_COLUMNS - full),
                done,
                total,
                pace);
    }

    @Override
    public void close() {
        clear();
    }
}
