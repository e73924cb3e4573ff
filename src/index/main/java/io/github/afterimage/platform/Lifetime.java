package io.github.afterimage.platform;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the running uses of an object. Its owner can then close it once all uses have ended.
 *
 * <p>Guarantees: {@link #enter} never waits, and it throws as soon as {@link #close} has begun. The object is released
 * exactly once, after the last use has ended. A use cannot close its own object, because it would wait for itself.
 *
 * <p>Threads: thread-safe.
 */
public final class Lifetime {
    private static final int CLOSED = Integer.MIN_VALUE;
    private static final StackWalker STACK = StackWalker.getInstance();

    private final String what;
    private final AtomicInteger uses = new AtomicInteger();
    /** Running uses of the current thread. */
    private final ThreadLocal<int[]> own = ThreadLocal.withInitial(() -> new int[1]);

    private volatile @Nullable String closedAt;
    private boolean released;

    /** @param what name of the object in messages, such as {@code "the index"} */
    public Lifetime(String what) {
        this.what = what;
    }

    /**
     * Begins a use, which {@link #exit} ends.
     *
     * @throws IllegalStateException if the object is closed; the message names the place of closing
     */
    public void enter() {
        int before = uses.getAndUpdate(count -> count < 0 ? count : count + 1);
        if (before < 0) {
            throw closed();
        }
        own.get()[0]++;
    }

    /** Ends a use. */
    public void exit() {
        own.get()[0]--;
        if (uses.decrementAndGet() == CLOSED) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /**
     * Returns the result of a call, which is a use.
     *
     * @throws IllegalStateException as {@link #enter}
     */
    public <T, E extends Exception> T use(Resources.Call<T, E> call) throws E {
        enter();
        try {
            return call.run();
        } finally {
            exit();
        }
    }

    /**
     * Checks that the object is open.
     *
     * @throws IllegalStateException if the object is closed; the message names the place of closing
     */
    public void check() {
        if (uses.get() < 0) {
            throw closed();
        }
    }

    /**
     * Refuses new uses, waits for the running ones, and runs {@code release} once. An interrupt does not end the waiting.
     *
     * @throws IllegalStateException if the current thread is within a use; nothing changes then
     */
    public void close(Runnable release) {
        if (own.get()[0] > 0) {
            throw new IllegalStateException(what + " cannot be closed from within one of its runs");
        }
        closeWhenUnused(release);
    }

    private synchronized void closeWhenUnused(Runnable release) {
        if (closedAt == null) {
            closedAt = caller();
        }
        uses.updateAndGet(count -> count | CLOSED);
        Threads.await(() -> uses.get() == CLOSED, this::wait);
        if (!released) {
            released = true;
            release.run();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException(what + " is closed, since " + closedAt);
    }

    /** Returns the code position that called the outermost {@code close} method of this library. */
    private static String caller() {
        return STACK.walk(frames -> frames.filter(frame -> !frame.getClassName().equals(Lifetime.class.getName())
                        && !frame.getMethodName().equals("close"))
                .findFirst()
                .map(frame -> frame.toStackTraceElement().toString())
                .orElse("an unknown place"));
    }
}
