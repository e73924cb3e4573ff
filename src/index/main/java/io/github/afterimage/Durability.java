package io.github.afterimage;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says when the log of an index is on the disk; see {@link OpenOptions#log}.
 *
 * <pre>{@code
 * OpenOptions options = new OpenOptions().log(Durability.every(Duration.ofMillis(5)));
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"), options)) {
 *     index.add(new float[] {1, 2}, new int[] {0});
 * }
 * }</pre>
 *
 * <p>The settings differ in what the end of the process (a kill, for example) and a loss of power, or a crash of the operating
 * system, may take. Changes are always lost from the last one backwards, never from the middle. Closing an index and saving it
 * take nothing with any setting.
 *
 * <p>Immutable.
 */
public final class Durability {
    /** An interval below a millisecond costs as much as {@link #everyChange} and promises less. */
    private static final Duration SHORTEST = Duration.ofMillis(1);
    /** A log that is forced less than hourly should not be forced at all. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final Durability EVERY_CHANGE = new Durability("every change", null);
    private static final Durability NEVER = new Durability("never", null);

    private final String name;
    private final @Nullable Duration interval;

    private Durability(String name, @Nullable Duration interval) {
        this.name = name;
        this.interval = interval;
    }

    /**
     * A change returns when it is on the disk, so neither a kill nor a loss of power takes one that has returned. Changes of
     * several threads share one wait for the disk.
     */
    public static Durability everyChange() {
        return EVERY_CHANGE;
    }

    /**
     * The log is written and forced in the background, {@code interval} after the first change that is not on the disk, so
     * changes do not wait. A kill or a loss of power takes at most the changes of that time and of one wait for the disk.
     *
     * @throws IllegalArgumentException if the interval is not between a millisecond and an hour
     */
    public static Durability every(Duration interval) {
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "interval " + interval + ": expected a millisecond to an hour, or everyChange() or never()");
        }
        return new Durability("every " + interval.toMillis() + " ms", interval);
    }

    /**
     * A change returns when the operating system has it, so a kill of the process takes none that has returned. The log is not
     * forced: a loss of power may take all changes since the index was last saved or opened.
     */
    public static Durability never() {
        return NEVER;
    }

    /** Returns whether a change waits for the disk. */
    public boolean waits() {
        return this == EVERY_CHANGE;
    }

    /** Returns the interval of {@link #every}, or empty. */
    public Optional<Duration> interval() {
        return Optional.ofNullable(interval);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Durability durability && durability.name.equals(name);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name);
    }

    /** Returns {@code every change}, {@code every 5 ms} or {@code never}. */
    @Override
    public String toString() {
        return name;
    }
}
