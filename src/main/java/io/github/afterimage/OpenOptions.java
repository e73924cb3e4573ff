package io.github.afterimage;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.store.Capacity;

/** How an index is opened; change what is not to be as it is by default. */
public final class OpenOptions {
    Engine engine = Engines.auto();
    int threads = Runtime.getRuntime().availableProcessors();
    boolean verify = true;
    Capacity capacity = Capacity.keepAll();
    boolean screen;

    /** The engine that answers queries; the fastest by default. */
    public OpenOptions engine(Engine value) {
        engine = value;
        return this;
    }

    /**
     * How many threads all queries together use; as many as there are processors by default.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public OpenOptions threads(int value) {
        if (value <= 0) {
            throw new IllegalArgumentException("threads " + value + ": expected a positive number");
        }
        threads = value;
        return this;
    }

    /** Whether every byte is compared with its checksum; true by default. The header is always checked. */
    public OpenOptions verify(boolean value) {
        verify = value;
        return this;
    }

    /** Which keys stay as others come; all by default. What a file holds beyond it is not there once it is opened. */
    public OpenOptions capacity(Capacity value) {
        capacity = value;
        return this;
    }

    /**
     * Whether keys, which must not be int8, get an int8 screen, which {@link CacheIndex#certified} reads; false by default. It
     * is in memory, made from the keys, one byte and about 3 % for each value, and is not saved.
     */
    public OpenOptions screen(boolean value) {
        screen = value;
        return this;
    }
}
