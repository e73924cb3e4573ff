package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.models.KeySelection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Keys by their ids, their class or their names; one of these options. */
public final class ChosenKeys {
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
            return KeySelection.ids(index, key -> key.label() == wanted);
        }
        Predicate<String> named = KeySelection.names(names == null ? List.of() : names);
        return KeySelection.ids(index, key -> named.test(key.name()));
    }

    /**
     * Removes the chosen keys from a server.
     *
     * @param forget whether to rewrite the files without them
     * @return the answers of the server, which have the number of keys removed
     */
    public List<Map<String, Object>> remove(ServedKeys keys, boolean forget) throws IOException {
        if (ids != null) {
            return List.of(keys.remove("ids", ids, forget));
        }
        if (label != null) {
            return List.of(keys.remove("label", label, forget));
        }
        List<Map<String, Object>> answers = new ArrayList<>();
        for (String pattern : names == null ? List.<String>of() : names) {
            answers.add(keys.remove("name", pattern, forget));
        }
        return answers;
    }
}
