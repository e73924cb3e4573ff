package io.github.afterimage.engine;

import org.jspecify.annotations.Nullable;

/**
 * The engine of a device, in a module of its own that {@link Engines} finds by {@link java.util.ServiceLoader}.
 *
 * <p>Threads: thread-safe.
 */
public interface EngineProvider {
    /** Returns true if this machine seems to have the device. */
    boolean devicePresent();

    /** Returns what this machine lacks, in one line, or null; asked once, with the native library loaded. */
    @Nullable
    String problem();

    /** Returns the engine, or why it cannot be used any more, or fails its check; asked if there is no {@link #problem}. */
    Engines.Choice choice();
}
