package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.serve.models.KeySelection;
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
    @Option(names = "--ids", paramLabel = "IDS", description = "Ids and ranges of ids, such as 17,100-199.")
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
            KeySelection.missing(index, ids).ifPresent(warning -> unmatched(warning, report));
            return Arrays.stream(KeySelection.ids(ids))
                    .filter(id -> index.key(id).isPresent())
                    .sorted()
                    .distinct()
                    .toArray();
        }
        if (label != null) {
            int wanted = KeySelection.label(index, label);
            long[] found = KeySelection.ids(index, key -> key.label() == wanted);
            if (found.length == 0) {
                unmatched(KeySelection.unmatched("label", label), report);
            }
            return found;
        }
        Map<String, Predicate<String>> patterns = new LinkedHashMap<>();
        Objects.requireNonNull(names).forEach(pattern -> patterns.put(pattern, KeySelection.names(List.of(pattern))));
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
                .forEach(pattern -> unmatched(KeySelection.unmatched("name", pattern), report));
        return found;
    }

    private static void unmatched(String warning, Report report) {
        report.warning(warning);
        report.exitCode(ExitCode.FAILED);
    }
}
