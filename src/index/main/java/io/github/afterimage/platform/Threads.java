package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;

/** Daemon threads, and calls that an interrupt does not end. */
public final class Threads {
    /** Runs before a thread starts. Tests set it to make a start fail, as where the system has no more threads. */
    static volatile Runnable beforeStart = () -> {};

    private Threads() {}

    /** Returns a thread that is not started and does not keep the process alive. */
    public static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name) {
            @Override
            public synchronized void start() {
                beforeStart.run();
                super.start();
            }
        };
        thread.setDaemon(true);
        return thread;
    }

    /** Returns a factory of such threads with one name. */
    public static ThreadFactory daemons(String name) {
        return task -> daemon(name, task);
    }

    /** Waits for an event. */
    public interface Wait {
        void run() throws InterruptedException;
    }

    /** Waits until {@code done}; the interrupted status of the thread is then as it was, or set by an interrupt meanwhile. */
    public static void await(BooleanSupplier done, Wait wait) {
        boolean interrupted = false;
        while (!done.getAsBoolean()) {
            try {
                wait.run();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Repeats a call while an interrupt closes its channel; the interrupted status of the thread is then as it would be. */
    public static <T> T uninterrupted(Resources.Call<T, IOException> call) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try {
                    return call.run();
                } catch (ClosedChannelException e) {
                    // by an interrupt of this thread, or of another one that uses the channel
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for the end of a thread. */
    public static void join(Thread thread) {
        await(() -> !thread.isAlive(), thread::join);
    }
}
