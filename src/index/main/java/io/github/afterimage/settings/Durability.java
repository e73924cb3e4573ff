package io.github.afterimage.settings;

import java.time.Duration;
import java.util.Optional;

/**
 * Says when the log of an index is on the disk; see {@link io.github.afterimage.OpenOptions#log}.
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
 * @param waits whether a change waits for the disk
 * @param interval that of {@link #every}, or empty
 */
public record Durability(boolean waits, Optional<Duration> interval) {
    /** An interval below a millisecond costs as much as {@link #everyChange} and promises less. */
    private static final Duration SHORTEST = Duration.ofMillis(1);
    /** A log that is forced less than hourly should not be forced at all. */
    private static final Duration LONGEST = Duration.ofHours(1);

    /** @throws IllegalArgumentException if the interval is not between a millisecond and an hour, or a change waits and there is one */
    public Durability {
        interval.ifPresent(time -> {
            if (waits || time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "interval " + time + ": expected a millisecond to an hour, or everyChange() or never()");
            }
        });
    }

    /**
     * A change returns when it is on the disk, so neither a kill nor a loss of power takes one that has returned. Changes of
     * several threads share one wait for the disk.
     */
    public static Durability everyChange() {
        return new Durability(true, Optional.empty());
    }

    /**
     * The log is written and forced in the background, {@code interval} after the first change that is not on the disk, or after
     * the wait for the disk that it came during, so changes do not wait. A kill takes at most the changes of that time and of one
     * wait for the disk; a loss of power also those of the next wait.
     *
     * @throws IllegalArgumentException if the interval is not between a millisecond and an hour
     */
    public static Durability every(Duration interval) {
        return new Durability(false, Optional.of(interval));
    }

    /**
     * A change returns when the operating system has it, so a kill of the process takes none that has returned. The log is not
     * forced: a loss of power may take all changes since the index was last saved or opened.
     */
    public static Durability never() {
        return new Durability(false, Optional.empty());
    }

    /** Returns {@code every change}, {@code every 5 ms} or {@code never}. */
    @Override
    public String toString() {
        return waits
                ? "every change"
                : interval.map(time -> "every " + time.toMillis() + " ms").orElse("never");
    }
}
