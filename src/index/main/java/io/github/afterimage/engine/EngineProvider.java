package io.github.afterimage.engine;

import org.jspecify.annotations.Nullable;

/**
 * The engine {@code cuda}, in a module of its own that {@link io.github.afterimage.Engines} finds by {@link
 * java.util.ServiceLoader}.
 *
 * <p>Threads: thread-safe.
 */
public interface EngineProvider {
    /** Returns true if this machine seems to have the device. */
    boolean devicePresent();

    /** Returns what this machine lacks, in one line, or null; asked once, with the native library loaded. */
    @Nullable
    String problem();

    /** Returns why the engine cannot be used any more, or fails its check, or null; asked if there is no {@link #problem}. */
    @Nullable
    String failure();

    /** Returns the engine; asked if there is no {@link #failure}. */
    KeyEngine engine();
}
