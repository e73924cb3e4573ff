package io.github.afterimage.serve.protocol;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lines of the log that requests cause, to the logger {@code io.github.afterimage.serve.requests}. Whoever sends requests brings at
 * most {@value #MOST} of them in ten seconds there, and no control characters. Thread-safe.
 */
public final class RequestLog {
    static final int MOST = 10;

    private static final long WINDOW = 10_000_000_000L;
    private static final RequestLog SHARED =
            new RequestLog(System.getLogger("io.github.afterimage.serve.requests"), System::nanoTime);

    private final System.Logger log;
    private final LongSupplier clock;
    private long begin; // of the ten seconds
    private int lines;
    private long leftOut;

    RequestLog(System.Logger log, LongSupplier clock) {
        this.log = log;
        this.clock = clock;
    }

    /** Writes a line, and the stack trace of a failure, unless there are too many. */
    public static void write(System.Logger.Level level, String message, @Nullable Throwable failure) {
        SHARED.add(level, message, failure);
    }

    void add(System.Logger.Level level, String message, @Nullable Throwable failure) {
        long before;
        synchronized (this) {
            long now = clock.getAsLong();
            if (lines == 0 || now - begin > WINDOW) {
                begin = now;
                lines = 0;
            }
            if (lines == MOST) {
                leftOut++;
                return;
            }
            lines++;
            before = leftOut;
            leftOut = 0;
        }
        StringBuilder text = new StringBuilder(before == 0 ? "" : before + " lines about requests are left out; ");
        text.append(AccessLog.visible(message));
        for (Throwable each = failure; each != null; each = each.getCause()) {
            text.append('\n').append(AccessLog.visible(each.toString()));
            for (StackTraceElement frame : each.getStackTrace()) {
                text.append("\n\tat ").append(frame);
            }
        }
        log.log(level, text.toString());
    }
}
