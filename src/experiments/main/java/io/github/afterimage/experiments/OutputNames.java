package io.github.afterimage.experiments;

import io.github.afterimage.model.data.ImageNetClasses;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Names of the outputs of a network, by which classes are found among them: by WordNet id, or by words.
 *
 * @param names one for each output, such as {@code n01440764 tench, Tinca tinca}, {@code tench} or {@code 0: tench}; empty for an
 *     output without one
 * @param source where they come from, for people
 */
public record OutputNames(List<String> names, String source) {
    private static final List<String> FILES =
            List.of("labels.txt", "classes.txt", "imagenet_classes.txt", "synset.txt", "synset_words.txt");

    /** The place of the first words among what a name is found by. */
    private static final int FIRST = 2;

    private static final Pattern WORDNET_ID = Pattern.compile("(?<![A-Za-z0-9])n\\d{8}(?!\\d)");

    /**
     * Returns what is known of the names of a network's outputs, the most trustworthy first: those in its file, those of a file beside
     * it, and those of ImageNet where it has as many outputs. Lists of another length are left out; with one name fewer, the first
     * output is the background.
     */
    public static List<OutputNames> of(Path network, int outputs) throws IOException {
        List<OutputNames> found = new ArrayList<>();
        add(found, Network.declaredClassNames(network), outputs, "its metadata");
        for (String file : FILES) {
            Path path = network.toAbsolutePath().resolveSibling(file);
            if (Files.isRegularFile(path)) {
                List<String> lines = new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank())
                        .toList();
                add(found, lines, outputs, file);
            }
        }
        add(found, ImageNetClasses.lines(), outputs, "the order of ImageNet");
        return found;
    }

    /** Describes lists of names, so that a part of the work folder can depend on them. */
    public static String text(List<OutputNames> known) {
        return known.stream()
                .map(each -> each.source + " " + Integer.toHexString(each.names.hashCode()))
                .collect(Collectors.joining(", "));
    }

    private static void add(List<OutputNames> found, List<String> names, int outputs, String source) {
        if (names.size() == outputs) {
            found.add(new OutputNames(names, source));
        } else if (names.size() == outputs - 1) {
            found.add(new OutputNames(
                    Stream.concat(Stream.of(""), names.stream()).toList(), source + ", after a background"));
        }
    }

    /** Returns the output of each class; -1 where the names tell none, or several, or one that another class has too. */
    int[] outputs(List<String> classes) {
        List<Map<String, Integer>> levels = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>());
        for (int output = 0; output < names.size(); output++) {
            List<List<String>> keys = keys(names.get(output));
            for (int level = 0; level < levels.size(); level++) {
                for (String key : keys.get(level)) {
                    int own = output;
                    levels.get(level).merge(key, own, (one, other) -> one == own ? own : -1);
                }
            }
        }
        int[] found = classes.stream().mapToInt(name -> output(levels, name)).toArray();
        return IntStream.of(found)
                .map(output ->
                        IntStream.of(found).filter(other -> other == output).count() == 1 ? output : -1)
                .toArray();
    }

    /** Returns the first words for an output; empty if it has none. */
    String words(int output) {
        return words(names.get(output)).replaceFirst("\\s*,.*", "");
    }

    private static int output(List<Map<String, Integer>> levels, String name) {
        List<List<String>> keys = keys(name);
        for (int level = 0; level < levels.size(); level++) {
            for (String key : keys.get(Math.min(level, FIRST))) {
                Integer output = levels.get(level).get(key);
                if (output != null) {
                    return output;
                }
            }
        }
        return -1;
    }

    /** Returns what a name is found by: its WordNet id, its whole text if it has several words, its first words, and each of them. */
    private static List<List<String>> keys(String name) {
        Matcher id = WORDNET_ID.matcher(name);
        List<String> ids = id.find() ? List.of(id.group()) : List.of();
        String text = words(name)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[_\\-\\s]+", " ")
                .replace("'", "");
        List<String> words = Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
        List<String> whole = words.size() < 2 ? List.of() : List.of(String.join(",", words));
        return List.of(ids, whole, words.stream().limit(1).toList(), words);
    }

    /** Returns a name without its number and its WordNet id. */
    private static String words(String name) {
        return WORDNET_ID
                .matcher(name.replaceFirst("^\\d{1,6}[:.,\\s]+", ""))
                .replaceAll("")
                .replaceFirst("\\(\\)$", "")
                .replaceFirst("^[:\\s]+", "")
                .strip();
    }
}
