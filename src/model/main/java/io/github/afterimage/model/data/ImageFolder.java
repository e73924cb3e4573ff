package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A folder with one sub-folder of images for each class. Classes are sorted by name. Images are in a random order that depends
 * on their names alone, and every range has about the same proportions of classes: each class is shuffled with a fixed seed,
 * and its image {@code i} of {@code n} is at {@code (i + 1/2) / n} of the whole.
 */
final class ImageFolder implements ImageSet {
    private static final System.Logger LOG = System.getLogger(ImageFolder.class.getName());
    private static final long SEED = 1;

    /** Warnings of skipped files that were logged: a folder is opened again for each of its ranges. */
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    private final String name;
    private final Path folder;
    private final List<String> classNames;
    private final List<Path> files;
    private final int[] labels;

    private ImageFolder(String name, Path folder, List<String> classNames, List<Path> files, int[] labels) {
        this.name = name;
        this.folder = folder;
        this.classNames = classNames;
        this.files = files;
        this.labels = labels;
    }

    /** @param labels whether there must be a sub-folder for each class */
    static ImageFolder open(Specification specification, boolean labels) throws IOException {
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
        SkippedFiles skipped = new SkippedFiles();
        if (!classFolders.isEmpty()) {
            sorted(folder, path -> !Files.isDirectory(path) && !path.endsWith(ClassNames.WORDS))
                    .forEach(skipped::add);
        } else if (labels) {
            throw new CorruptDataException(folder
                    + " has no sub-folders: expected a folder of images for each class; these commands make one: mkdir "
                    + folder + "/cat && mv " + folder + "/cat*.jpg " + folder + "/cat");
        } else {
            classFolders = List.of(folder);
        }
        List<Placed> placed = new ArrayList<>();
        Random random = new Random(SEED);
        for (int label = 0; label < classFolders.size(); label++) {
            List<Path> entries = sorted(classFolders.get(label), path -> true);
            List<Path> files =
                    new ArrayList<>(entries.stream().filter(ImageFiles::isImage).toList());
            entries.stream().filter(path -> !ImageFiles.isImage(path)).forEach(skipped::add);
            if (files.isEmpty()) {
                throw new CorruptDataException(classFolders.get(label) + " has no images, " + ImageFiles.ENDINGS
                        + (entries.isEmpty() ? "" : ", but " + skipped)
                        + (labels
                                ? ": expected one sub-folder of images per class, and no other"
                                : ": expected images"));
            }
            Collections.shuffle(files, random);
            for (int i = 0; i < files.size(); i++) {
                placed.add(new Placed(files.get(i), label, (i + 0.5) / files.size()));
            }
        }
        placed.sort(Comparator.comparingDouble(Placed::place).thenComparingInt(Placed::label));
        String warning = specification.kind() + ":" + folder + " skips " + skipped;
        if (skipped.count() > 0 && LOGGED.add(warning)) {
            LOG.log(System.Logger.Level.WARNING, warning);
        }
        List<String> classNames = ClassNames.withWords(
                folder,
                classFolders.stream().map(path -> path.getFileName().toString()).toList());
        return new ImageFolder(
                specification.kind() + ":" + folder,
                folder,
                classNames,
                placed.stream().map(Placed::file).toList(),
                placed.stream().mapToInt(Placed::label).toArray());
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

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public String imageName(int index) {
        return ExampleNames.relative(folder, files.get(index));
    }

    @Override
    public Image image(int index) throws IOException {
        return Image.read(files.get(index));
    }
}
