package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Names of classes: default names, words beside names that say nothing, their text in messages, and their match with other names.
 */
public final class ClassNames {
    private static final int LISTED = 12;
    /** The name of the file with words, which is in a folder of images or beside it. */
    public static final String WORDS = "classes.txt";

    private static final Pattern WORDNET_ID = Pattern.compile("n\\d{8}");
    private static final Pattern WITH_WORDS = Pattern.compile(".+ \\((.+)\\)");

    private ClassNames() {}

    /** {@return the names {@code class 0}, {@code class 1} and so on} */
    static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(label -> "class " + label).toList();
    }

    static boolean areNumbered(List<String> names) {
        return names.equals(numbered(names.size()));
    }

    /**
     * Puts words before the names of classes: {@code goose (n01855672)}, where a line of the file {@code classes.txt} in the folder
     * or beside it is {@code n01855672 goose, Anser anser}. Only the words before the first comma count. Without such a file, the
     * {@linkplain ImageNetClasses classes of ImageNet} have their words.
     */
    static List<String> withWords(Path folder, List<String> names) throws IOException {
        Path file = words(folder, names);
        List<String> lines = file != null
                ? lines(file)
                : names.stream().anyMatch(WORDNET_ID.asMatchPredicate()) ? ImageNetClasses.lines() : List.of();
        return names.stream().map(name -> withWords(name, lines)).toList();
    }

    /**
     * {@return the file in a folder of images, or beside it, that has words for some of its classes; null if there is none}
     *
     * @param names of the classes, with or without words
     */
    public static @Nullable Path words(Path folder, List<String> names) throws IOException {
        for (Path file : List.of(folder.resolve(WORDS), folder.toAbsolutePath().resolveSibling(WORDS))) {
            List<String> lines = Files.isRegularFile(file) ? lines(file) : List.of();
            if (names.stream()
                    .flatMap(name -> Stream.of(name, withoutWords(name)))
                    .anyMatch(name -> !withWords(name, lines).equals(name))) {
                return file;
            }
        }
        return null;
    }

    private static List<String> lines(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private static String withWords(String name, List<String> lines) {
        return lines.stream()
                .filter(line ->
                        line.startsWith(name) && line.substring(name.length()).matches("[\\s,:]+[^\\s,:].*"))
                .map(line -> line.substring(name.length())
                        .replaceFirst("[\\s,:]+", "")
                        .replaceFirst("\\s*(,.*)?$", ""))
                .map(words -> words + " (" + name + ")")
                .findFirst()
                .orElse(name);
    }

    /** {@return the position of a class in a list, where one of both names may have words before it; -1 if there is none} */
    public static int position(List<String> names, String name) {
        if (names.contains(name)) {
            return names.indexOf(name);
        }
        String wanted = withoutWords(name);
        int[] found = IntStream.range(0, names.size())
                .filter(label -> withoutWords(names.get(label)).equals(wanted))
                .toArray();
        return found.length == 1 ? found[0] : -1;
    }

    private static String withoutWords(String name) {
        Matcher matcher = WITH_WORDS.matcher(name);
        return matcher.matches() ? matcher.group(1) : name;
    }

    /**
     * Finds the position of each class in another list, as {@link ImageSet#withClasses} does.
     *
     * @param place the data with the classes; for the message
     * @param mine the names of the classes
     * @param names the other list; empty if its classes have no names
     * @param count the number of classes of the other list
     * @return the position for each class
     * @throws CorruptDataException if a class has no equal in the list, or the numbers of classes differ and there are no
     *     names to match
     */
    public static int[] labels(String place, List<String> mine, List<String> names, int count)
            throws CorruptDataException {
        if (!areNumbered(mine) && areNumbered(names) && mine.size() != count) {
            throw new CorruptDataException(place + " has classes " + listed(mine) + ": expected " + count
                    + ", whose names are sorted as labels are");
        }
        int[] labels = new int[mine.size()];
        for (int label = 0; label < labels.length; label++) {
            labels[label] = areNumbered(mine) || areNumbered(names) ? label : position(names, mine.get(label));
            if (labels[label] < 0) {
                throw new CorruptDataException(
                        place + " has a class \"" + mine.get(label) + "\": expected one of " + listed(names));
            }
        }
        return labels;
    }

    /** {@return the first names in one line} */
    static String listed(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + ", ... (" + names.size() + ")" : first;
    }
}
