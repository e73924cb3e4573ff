package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/** Keys that a user names by text: by ids, by a class, or by patterns of names. */
public final class KeySelection {
    /** Ids are held in memory, 8 bytes each. */
    private static final long MAX_RANGE = 10_000_000;

    private KeySelection() {}

    /**
     * Reads ids and ranges of ids, such as {@code 17,100-199}.
     *
     * @throws IllegalArgumentException if a part is neither, or a range has more than 10,000,000 ids
     */
    public static long[] ids(String text) {
        return Arrays.stream(text.split(",", -1))
                .flatMapToLong(KeySelection::range)
                .toArray();
    }

    private static LongStream range(String text) {
        String[] ends = text.matches("[0-9]{1,18}(-[0-9]{1,18})?") ? text.split("-") : new String[] {"1", "0"};
        long first = Long.parseLong(ends[0]);
        long last = Long.parseLong(ends[ends.length - 1]);
        if (last < first || last - first >= MAX_RANGE) {
            throw new IllegalArgumentException(
                    "ids \"" + text + "\": expected an id or a range such as 100-199, of at most "
                            + String.format(Locale.ROOT, "%,d", MAX_RANGE) + " ids");
        }
        return LongStream.rangeClosed(first, last);
    }

    /**
     * Finds a class by its name or by its number.
     *
     * @throws IllegalArgumentException if the index has no such class
     */
    public static int label(CacheIndex index, String text) {
        int named = index.classNames().indexOf(text);
        if (named >= 0) {
            return named;
        }
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) >= index.classes()) {
            throw new IllegalArgumentException("label \"" + text + "\": expected the name of a class or a number in 0.."
                    + (index.classes() - 1) + "; the description of the index lists them");
        }
        return Integer.parseInt(text);
    }

    /** Matches whole names: {@code *} stands for any characters, {@code ?} for one, every other for itself. */
    public static Predicate<String> names(List<String> patterns) {
        List<Pattern> compiled = patterns.stream().map(KeySelection::pattern).toList();
        return name ->
                compiled.stream().anyMatch(pattern -> pattern.matcher(name).matches());
    }

    private static Pattern pattern(String text) {
        return Pattern.compile(
                Arrays.stream(text.split("(?<=[*?])|(?=[*?])"))
                        .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                        .reduce("", String::concat),
                Pattern.DOTALL);
    }
}
