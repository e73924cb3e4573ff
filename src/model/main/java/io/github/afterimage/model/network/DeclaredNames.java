package io.github.afterimage.model.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names of classes in the metadata of a model: a dictionary by number, as Python or JSON writes it, a list of quoted names, or
 * names between commas or line breaks.
 */
final class DeclaredNames {
    private static final List<String> KEYS = List.of("names", "classes", "class_names", "labels", "id2label");
    private static final String QUOTED = "'((?:[^'\\\\]|\\\\.)*)'|\"((?:[^\"\\\\]|\\\\.)*)\"";
    private static final Pattern NAME = Pattern.compile(QUOTED);
    private static final Pattern ENTRY = Pattern.compile("[{,]\\s*[\"']?(\\d{1,6})[\"']?\\s*:\\s*(?:" + QUOTED + ")");

    private DeclaredNames() {}

    static List<String> of(Map<String, String> metadata) {
        return KEYS.stream()
                .map(key -> parsed(metadata.getOrDefault(key, "").strip()))
                .filter(names -> !names.isEmpty())
                .findFirst()
                .orElse(List.of());
    }

    private static List<String> parsed(String text) {
        if (text.startsWith("{")) {
            Map<Integer, String> entries = new TreeMap<>();
            for (Matcher entry = ENTRY.matcher(text); entry.find(); ) {
                entries.put(Integer.valueOf(entry.group(1)), unquoted(entry, 2));
            }
            boolean complete = !entries.isEmpty() && entries.containsKey(0) && entries.containsKey(entries.size() - 1);
            return complete ? List.copyOf(entries.values()) : List.of();
        }
        if (text.startsWith("[")) {
            List<String> names = new ArrayList<>();
            for (Matcher name = NAME.matcher(text); name.find(); ) {
                names.add(unquoted(name, 1));
            }
            return names;
        }
        return Stream.of(text.split(text.contains("\n") ? "\n" : ","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** {@return what one of two groups has matched, without the backslashes before characters} */
    private static String unquoted(Matcher matcher, int group) {
        String text = matcher.group(group) == null ? matcher.group(group + 1) : matcher.group(group);
        return text.replaceAll("\\\\(.)", "$1");
    }
}
