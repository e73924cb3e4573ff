package io.github.afterimage.model.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Counts the skipped files of a folder by the extensions of their names; the only one is named. */
final class SkippedFiles {
    private final Map<String, Integer> counts = new TreeMap<>();
    private @Nullable Path first;

    void add(Path file) {
        first = first == null ? file : first;
        counts.merge(kind(file), 1, Integer::sum);
    }

    private static String kind(Path file) {
        if (Files.isDirectory(file)) {
            return "sub-folders";
        }
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot < 1 ? "without an ending" : name.substring(dot).toLowerCase(Locale.ROOT);
    }

    int count() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** {@return a text such as "photos/list.txt" or "12 files: 7 .heic, 5 .txt", the most frequent extension first} */
    @Override
    public String toString() {
        if (count() == 1) {
            return String.valueOf(first);
        }
        String kinds = counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        return count() + " files: " + kinds;
    }
}
