package io.github.afterimage.platform;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reports native objects that nobody holds any more and nobody closed, with the place where each was made. Only with
 * {@code -Dafterimage.trackLeaks=true}, because it records a stack trace for every object.
 *
 * <p>What is leaked stays leaked: pointers made from it may be in use where this cannot see them.
 */
public final class LeakTracker {
    /** The system property that turns it on. */
    public static final String PROPERTY = "afterimage.trackLeaks";

    private static final System.Logger LOG = System.getLogger(LeakTracker.class.getName());
    private static final AtomicLong LEAKS = new AtomicLong();
    private static volatile @Nullable Cleaner cleaner = Boolean.getBoolean(PROPERTY) ? Cleaner.create() : null;

    private LeakTracker() {}

    /** How many objects were reported so far. */
    public static long leaks() {
        return LEAKS.get();
    }

    /** Turns tracking on for objects made from now on. */
    static void enable() {
        if (cleaner == null) {
            cleaner = Cleaner.create();
        }
    }

    /** Turns tracking off for objects made from now on. */
    static void disable() {
        cleaner = null;
    }

    /** Begins to watch an object, or returns null where tracking is off. */
    static @Nullable Trace track(Object object, String what) {
        Cleaner watching = cleaner;
        if (watching == null) {
            return null;
        }
        return new Trace(watching, object, what);
    }

    /** What is known of a watched object without holding it. */
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
