package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.serve.models.KeySelection;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Keys by their ids, their class or their names; one of these options. */
public final class ChosenKeys {
    private static final int PAGE = 10_000;

    @Option(
            names = "--ids",
            paramLabel = "IDS",
            description = "Ids and ranges of ids, such as 17,100-199. Ids that no key has are ignored.")
    private @Nullable String ids;

    @Option(names = "--label", paramLabel = "CLASS", description = "A class, by name or by number.")
    private @Nullable String label;

    @Option(
            names = "--name",
            arity = "1..*",
            paramLabel = "PATTERN",
            description =
                    "Patterns of whole names: * stands for any characters, ? for one, every other for itself. Quote them"
                            + " in a shell.")
    private @Nullable List<String> names;

    /** Returns the ids of the chosen keys of an index, ascending. */
    public long[] ids(CacheIndex index) {
        if (ids != null) {
            return Arrays.stream(KeySelection.ids(ids))
                    .filter(id -> index.key(id).isPresent())
                    .sorted()
                    .distinct()
                    .toArray();
        }
        if (label != null) {
            int wanted = KeySelection.label(index, label);
            return ids(index, key -> key.label() == wanted);
        }
        Predicate<String> named = KeySelection.names(names == null ? List.of() : names);
        return ids(index, key -> named.test(key.name()));
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

    /**
     * Removes the chosen keys from a server.
     *
     * @return number of keys removed
     */
    public long remove(ServedKeys keys) throws IOException {
        if (ids != null) {
            return keys.remove("ids", ids);
        }
        if (label != null) {
            return keys.remove("label", label);
        }
        long removed = 0;
        for (String pattern : names == null ? List.<String>of() : names) {
            removed += keys.remove("name", pattern);
        }
        return removed;
    }
}
