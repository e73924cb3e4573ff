package io.github.afterimage.experiments.command;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/** A bar with rate and time left, or nothing where nobody watches; in both cases it stops work that was interrupted. */
public final class TerminalProgress implements Progress, AutoCloseable {
    private static final int MAX_COLUMNS = 80;
    private static final int BAR_COLUMNS = 20;
    private static final double UPDATE_SECONDS = 0.25;
    private static final double LONG_SECONDS = 10;

    private final String task;
    private final boolean visible;
    private final Consumer<String> log;
    private final DoubleSupplier watch;
    private double next;
    private double began; // when the pass began, and with what: a step may take several, or continue an earlier one
    private long first = Long.MAX_VALUE;
    private long last = Long.MAX_VALUE;
    private boolean logged;
    private int columns; // of the line on standard error, which is written over and over; 0 before the first

    public TerminalProgress(String task, boolean visible) {
        this(task, visible, line -> {});
    }

    /** @param log receives the time left, once, if it is long */
    public TerminalProgress(String task, boolean visible, Consumer<String> log) {
        this(task, visible, log, Stopwatch.started()::seconds);
    }

    /** @param watch tells the seconds since the beginning */
    TerminalProgress(String task, boolean visible, Consumer<String> log, DoubleSupplier watch) {
        this.task = task;
        this.visible = visible;
        this.log = log;
        this.watch = watch;
    }

    @Override
    public synchronized void report(long done, long total) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(task + ": interrupted after " + done + " of " + total);
        }
        double seconds = watch.getAsDouble();
        if (done < last) {
            first = done;
            began = seconds;
        }
        last = done;
        double left = (seconds - began) * (total - done) / (done - first); // NaN or infinite before the first
        if (!logged && seconds - began >= 1 && left >= LONG_SECONDS && left < Double.POSITIVE_INFINITY) {
            logged = true;
            log.accept(task + ", about " + Format.duration(left) + " left ...");
        }
        if (visible && seconds >= next) {
            next = seconds + UPDATE_SECONDS;
            columns = columns > 0
                    ? columns
                    : Math.min(MAX_COLUMNS, Terminal.ERRORS.columns().orElse(MAX_COLUMNS)) - 1;
            String line = line(done, total, seconds - began, left) + " ".repeat(columns);
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

    /** {@code indexing  64 %  [######    ]  1,280 of 2,000  610/s  0:01 left}, with the rate since the first report of the pass. */
    private String line(long done, long total, double seconds, double left) {
        double fraction = total == 0 ? 1 : Math.min(1, (double) done / total);
        String pace = "";
        if (done > first && seconds >= 1) {
            long secondsLeft = Math.max(0, Math.round(left));
            pace = String.format(
                    Locale.ROOT,
                    "  %,.0f/s  %d:%02d left",
                    Format.perSecond(done - first, seconds),
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
