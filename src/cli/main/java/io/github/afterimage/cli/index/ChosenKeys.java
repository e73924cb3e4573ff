package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.serve.models.KeySelection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

    /** Returns the ids of the chosen keys of an index, ascending; warns of what no key matches. */
    public long[] ids(CacheIndex index, Report report) {
        if (ids != null) {
            long[] found = Arrays.stream(KeySelection.ids(ids))
                    .filter(id -> index.key(id).isPresent())
                    .sorted()
                    .distinct()
                    .toArray();
            return warned(found, "ids", ids, report);
        }
        if (label != null) {
            int wanted = KeySelection.label(index, label);
            return warned(KeySelection.ids(index, key -> key.label() == wanted), "label", label, report);
        }
        Map<String, Predicate<String>> patterns = new LinkedHashMap<>();
        patterns().forEach(pattern -> patterns.put(pattern, KeySelection.names(List.of(pattern))));
        Set<String> matched = new HashSet<>();
        long[] found = KeySelection.ids(index, key -> {
            List<String> own = patterns.entrySet().stream()
                    .filter(pattern -> pattern.getValue().test(key.name()))
                    .map(Map.Entry::getKey)
                    .toList();
            matched.addAll(own);
            return !own.isEmpty();
        });
        patterns.keySet().stream()
                .filter(pattern -> !matched.contains(pattern))
                .forEach(pattern -> report.warning(KeySelection.unmatched("name", pattern)));
        return found;
    }

    private static long[] warned(long[] found, String kind, String value, Report report) {
        if (found.length == 0) {
            report.warning(KeySelection.unmatched(kind, value));
        }
        return found;
    }

    private List<String> patterns() {
        return names == null ? List.of() : names;
    }

    /**
     * Removes the chosen keys from a server; warns of what no key matches.
     *
     * @param forget whether to rewrite the files without them
     * @return the answers of the server, which have the number of keys removed
     */
    public List<Map<String, Object>> remove(ServedKeys keys, boolean forget, Report report) throws IOException {
        List<Map<String, Object>> answers = new ArrayList<>();
        if (ids != null) {
            answers.add(keys.remove("ids", ids, forget));
        } else if (label != null) {
            answers.add(keys.remove("label", label, forget));
        }
        for (String pattern : patterns()) {
            answers.add(keys.remove("name", pattern, forget));
        }
        answers.stream()
                .map(answer -> answer.get("warning"))
                .filter(Objects::nonNull)
                .forEach(warning -> report.warning(warning.toString()));
        return answers;
    }
}
