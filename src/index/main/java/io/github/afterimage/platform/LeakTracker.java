package io.github.afterimage.platform;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reports native objects that became unreachable without being closed, with the stack trace of their creation. It is on only
 * with {@code -Dafterimage.trackLeaks=true}, because it records a stack trace for every object.
 *
 * <p>It does not free the memory of a leaked object, because pointers to it can still be in use.
 */
public final class LeakTracker {
    /** The system property that turns tracking on. */
    public static final String PROPERTY = "afterimage.trackLeaks";

    private static final System.Logger LOG = System.getLogger(LeakTracker.class.getName());
    private static final AtomicLong LEAKS = new AtomicLong();
    private static volatile @Nullable Cleaner cleaner = Boolean.getBoolean(PROPERTY) ? Cleaner.create() : null;

    private LeakTracker() {}

    /** Returns the number of objects reported so far. */
    public static long leaks() {
        return LEAKS.get();
    }

    /** Turns tracking on for later objects. */
    static void enable() {
        if (cleaner == null) {
            cleaner = Cleaner.create();
        }
    }

    /** Turns tracking off for later objects. */
    static void disable() {
        cleaner = null;
    }

    /** Starts to track native memory; returns null if tracking is off. */
    static @Nullable Trace track(Object memory, long bytes) {
        Cleaner watching = cleaner;
        return watching == null ? null : new Trace(watching, memory, bytes + " bytes of native memory");
    }

    /** Describes a tracked object without a reference to it, which would keep it reachable. */
    static final class Trace implements Runnable {
        private final String what;
        private final Throwable made = new Throwable("made here");
        private final Cleaner.Cleanable cleanable;
        private volatile boolean closed;

        Trace(Cleaner watching, Object object, String what) {
            this.what = what;
            cleanable = watching.register(object, this);
        }

        void closed() {
            closed = true;
            cleanable.clean();
        }

        @Override
        public void run() {
            if (!closed) {
                LEAKS.incrementAndGet();
                LOG.log(System.Logger.Level.ERROR, () -> what + " were never closed", made);
            }
        }
    }
}
