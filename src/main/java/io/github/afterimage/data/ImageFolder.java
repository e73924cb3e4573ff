package io.github.afterimage.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A folder with one sub-folder of pictures per class; classes and files are sorted by name. */
final class ImageFolder implements ImageSet {
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

    static ImageFolder open(Specification specification) throws IOException {
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
        List<Path> files = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int label = 0; label < classFolders.size(); label++) {
            for (Path file : sorted(classFolders.get(label), ImageFolder::isImage)) {
                files.add(file);
                labels.add(label);
            }
        }
        if (files.isEmpty()) {
            throw new CorruptDataException(folder + " has " + classFolders.size() + " sub-folders and no .png, .jpg, "
                    + ".jpeg, .bmp or .gif file in them: expected one sub-folder of images per class");
        }
        List<String> classNames =
                classFolders.stream().map(path -> path.getFileName().toString()).toList();
        return new ImageFolder(
                specification.kind() + ":" + folder,
                folder,
                classNames,
                List.copyOf(files),
                labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private static List<Path> sorted(Path folder, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> !path.getFileName().toString().startsWith("."))
                    .filter(wanted)
                    .sorted(Comparator.comparing(path -> path.getFileName().toString()))
                    .toList();
        }
    }

    static boolean isImage(Path path) {
        String lowerCase = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return lowerCase.matches(".*\\.(png|jpg|jpeg|bmp|gif)") && Files.isRegularFile(path);
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
