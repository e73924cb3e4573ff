package io.github.afterimage.platform;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An object that its owner keeps for others: made at the first call, closed with the owner. Thread-safe. */
public final class Companion implements AutoCloseable {
    private @Nullable AutoCloseable held;

    /** Returns the object; makes it first if there is none, or one of another type, which is closed. */
    public synchronized <T extends AutoCloseable> T get(Class<T> type, Supplier<T> maker) {
        if (!type.isInstance(held)) {
            close();
            held = maker.get();
        }
        return type.cast(held);
    }

    @Override
    public synchronized void close() {
        AutoCloseable closing = held;
        held = null;
        Resources.closeAll(closing);
    }
}
