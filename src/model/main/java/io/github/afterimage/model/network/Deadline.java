package io.github.afterimage.model.network;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The options of one run of ONNX Runtime; they stop the run when its time is over. ONNX Runtime checks them between two
 * nodes, and between two iterations of a loop.
 */
final class Deadline implements AutoCloseable {
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private final RunOptions options;
    private final Future<?> end;
    private boolean closed;
    private boolean passed;

    Deadline(Duration limit) throws OrtException {
        options = new RunOptions();
        end = TIMER.schedule(this::pass, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "afterimage-network-deadline");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true); // no thread while nothing runs
        return timer;
    }

    RunOptions options() {
        return options;
    }

    /** {@return whether the time is over and the run was stopped} */
    synchronized boolean passed() {
        return passed;
    }

    private synchronized void pass() {
        if (closed) {
            return;
        }
        try {
            options.setTerminate(true);
            passed = true;
        } catch (OrtException e) {
            throw new IllegalStateException(e); // only closed options throw it
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        end.cancel(false);
        options.close();
    }
}
