package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.model.data.ClassNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Keys that a user names by text: by ids, by a class, or by patterns of names. */
public final class KeySelection {
    /** Ids are held in memory, 8 bytes each. */
    private static final long MAX_IDS = 10_000_000;

    private static final int PAGE = 10_000;

    private KeySelection() {}

    private record Range(long first, long last) {
        static Range of(String text) {
            String[] ends = text.matches("[0-9]{1,18}(-[0-9]{1,18})?") ? text.split("-") : new String[] {"1", "0"};
            Range range = new Range(Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1]));
            if (range.last < range.first || range.count() > MAX_IDS) {
                throw new IllegalArgumentException(
                        "ids \"" + text + "\": expected an id or a range such as 100-199, of at most " + bound());
            }
            return range;
        }

        long count() {
            return last - first + 1;
        }
    }

    /**
     * Reads ids and ranges of ids, such as {@code 17,100-199}.
     *
     * @throws IllegalArgumentException if a part is neither, or there are more than 10,000,000 ids
     */
    public static long[] ids(String text) {
        long[] ids = new long[count(text)];
        int end = 0;
        for (Range range : ranges(text)) {
            for (long id = range.first; id <= range.last; id++) {
                ids[end++] = id;
            }
        }
        return ids;
    }

    /** Returns the number of {@link #ids}; throws as that. */
    static int count(String text) {
        long count = ranges(text).stream().mapToLong(Range::count).sum();
        if (count > MAX_IDS) {
            throw new IllegalArgumentException("ids \"" + text + "\" are " + count + ": expected at most " + bound());
        }
        return (int) count;
    }

    private static List<Range> ranges(String text) {
        return Arrays.stream(text.split(",", -1)).map(Range::of).toList();
    }

    private static String bound() {
        return String.format(Locale.ROOT, "%,d", MAX_IDS) + " ids";
    }

    /** Returns the ids of the keys of an index that meet a condition, ascending. */
    public static long[] ids(CacheIndex index, Predicate<KeyEntry> chosen) {
        LongStream.Builder found = LongStream.builder();
        List<KeyEntry> page = index.list(0, PAGE);
        while (!page.isEmpty()) {
            page.stream().filter(chosen).forEach(key -> found.add(key.id()));
            page = index.list(page.get(page.size() - 1).id() + 1, PAGE);
        }
        return found.build().toArray();
    }

    /** Warns of ids and ranges of which an index has no key; empty if it has one of each. */
    public static Optional<String> missing(CacheIndex index, String ids) {
        String missing = Arrays.stream(ids.split(",", -1))
                .filter(part -> {
                    Range range = Range.of(part);
                    List<KeyEntry> next = index.list(range.first, 1);
                    return next.isEmpty() || next.get(0).id() > range.last;
                })
                .collect(Collectors.joining(","));
        return missing.isEmpty() ? Optional.empty() : Optional.of(unmatched("ids", missing));
    }

    /** Warns of a choice of keys that may be misspelt. */
    public static String unmatched(String kind, String value) {
        return "no key matches " + kind + " \"" + value + "\"";
    }

    /**
     * Finds a class by its name or by its number, with or without blanks around it.
     *
     * @throws IllegalArgumentException if the index has no such class
     */
    public static int label(CacheIndex index, String text) {
        int label = find(index, text);
        if (label < 0) {
            throw new IllegalArgumentException("label \"" + text + "\": expected the name of a class or a number in 0.."
                    + (index.classes() - 1) + "; the description of the index lists them");
        }
        return label;
    }

    /** Returns {@link #label}, or -1. */
    static int find(CacheIndex index, String text) {
        List<String> names = index.classNames();
        String name = names.contains(text) ? text : text.strip();
        int named = ClassNames.position(names, name);
        return named < 0 && name.matches("[0-9]{1,9}") && Integer.parseInt(name) < names.size()
                ? Integer.parseInt(name)
                : named;
    }

    /**
     * Matches whole names: {@code *} stands for any characters, {@code ?} for one, every other for itself.
     *
     * @throws IllegalArgumentException if a pattern is empty: the name of every key without one is empty too
     */
    public static Predicate<String> names(List<String> patterns) {
        if (patterns.contains("")) {
            throw new IllegalArgumentException(
                    "name \"\": expected a pattern, such as cat/*; it would be that of every key" + " without a name");
        }
        List<Pattern> globs = patterns.stream().map(KeySelection::glob).toList();
        return name -> globs.stream().anyMatch(glob -> glob.matcher(name).matches());
    }

    private static Pattern glob(String pattern) {
        String[] parts = pattern.split("[*]+", -1);
        StringBuilder regex = new StringBuilder(literal(parts[0]));
        for (int i = 1; i < parts.length - 1; i++) {
            // If the first place of a part does not lead to a match, no later one does: nothing is tried again.
            regex.append("(?>.*?").append(literal(parts[i])).append(")");
        }
        if (parts.length > 1) {
            regex.append(".*").append(literal(parts[parts.length - 1]));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    private static String literal(String part) {
        return Pattern.quote(part).replace("?", "\\E.\\Q");
    }
}
