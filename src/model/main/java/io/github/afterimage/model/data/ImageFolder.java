package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder with one sub-folder of images for each class. Classes are sorted by name. Images are in a random order that depends
 * on their names alone, and every range has about the same proportions of classes: each class is shuffled with a fixed seed,
 * and its image {@code i} of {@code n} is at {@code (i + 1/2) / n} of the whole.
 */
final class ImageFolder {
    private static final System.Logger LOG = System.getLogger(ImageFolder.class.getName());
    private static final long SEED = 1;

    /** Warnings of skipped files that were logged: a folder is opened again for each of its ranges. */
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    private ImageFolder() {}

    static ImageSet open(Specification specification) throws IOException {
        specification.requireNoSplit();
        Path folder = specification.path();
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(),
                    null,
                    (Files.exists(folder) ? "is a file" : "no such folder")
                            + "; expected a folder with one for each class");
        }
        List<Path> classFolders = sorted(folder, Files::isDirectory);
        List<Path> skipped = new ArrayList<>();
        if (classFolders.isEmpty()) {
            throw new CorruptDataException(folder
                    + " has no sub-folders: expected a folder of images for each class; these commands make one: mkdir "
                    + folder + "/cat && mv " + folder + "/cat*.jpg " + folder + "/cat");
        }
        skipped.addAll(sorted(folder, path -> !Files.isDirectory(path) && !path.endsWith(ClassNames.WORDS)));
        List<Placed> placed = new ArrayList<>();
        Random random = new Random(SEED);
        for (int label = 0; label < classFolders.size(); label++) {
            List<Path> entries = sorted(classFolders.get(label), path -> true);
            List<Path> files =
                    new ArrayList<>(entries.stream().filter(ImageFiles::isImage).toList());
            entries.stream().filter(path -> !ImageFiles.isImage(path)).forEach(skipped::add);
            if (files.isEmpty()) {
                throw new CorruptDataException(classFolders.get(label) + " has no " + ImageFiles.ENDINGS
                        + (entries.isEmpty() ? "" : ", but " + text(skipped))
                        + ": expected one sub-folder of images per class, and no other");
            }
            Collections.shuffle(files, random);
            for (int i = 0; i < files.size(); i++) {
                placed.add(new Placed(files.get(i), label, (i + 0.5) / files.size()));
            }
        }
        placed.sort(Comparator.comparingDouble(Placed::place).thenComparingInt(Placed::label));
        String warning = specification.kind() + ":" + folder + " skips " + text(skipped);
        if (!skipped.isEmpty() && LOGGED.add(warning)) {
            LOG.log(System.Logger.Level.WARNING, warning);
        }
        List<String> classNames = ClassNames.withWords(
                folder,
                classFolders.stream().map(path -> path.getFileName().toString()).toList());
        return new ImageSet(
                specification.kind() + ":" + folder,
                classNames,
                placed.stream().mapToInt(Placed::label).toArray(),
                index -> Specification.printable(
                        folder.relativize(placed.get(index).file())),
                index -> Image.read(placed.get(index).file()));
    }

    private record Placed(Path file, int label, double place) {}

    private static List<Path> sorted(Path folder, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> !path.getFileName().toString().startsWith("."))
                    .filter(wanted)
                    .sorted(Comparator.comparing(path -> path.getFileName().toString()))
                    .toList();
        }
    }

    /** {@return a text of skipped files, such as "photos/list.txt" or "12 files: 7 .heic, 5 .txt", the most frequent extension first} */
    static String text(List<Path> skipped) {
        if (skipped.size() == 1) {
            return skipped.get(0).toString();
        }
        Map<String, Long> counts =
                skipped.stream().collect(Collectors.groupingBy(ImageFolder::kind, TreeMap::new, Collectors.counting()));
        return skipped.size() + " files: "
                + counts.entrySet().stream()
                        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .collect(Collectors.joining(", "));
    }

    private static String kind(Path file) {
        if (Files.isDirectory(file)) {
            return "sub-folders";
        }
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot < 1 ? "without an ending" : name.substring(dot).toLowerCase(Locale.ROOT);
    }
}
