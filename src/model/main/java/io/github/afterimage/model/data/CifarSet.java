package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.platform.MissingLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;

/** The images of CIFAR-10 or CIFAR-100, from a folder or the official archive. */
final class CifarSet implements ImageSet {
    // The official files have 61 and about 1,000 bytes.
    static final int MAX_NAMES_BYTES = 1 << 16;

    private final String name;
    private final String split;
    private final List<CifarRecords> files;
    private final List<String> classNames;
    private final int size;

    /** @param split the prefix of image names, such as {@code cifar10 train} */
    CifarSet(String name, String split, List<CifarRecords> files, List<String> classNames) {
        this.name = name;
        this.split = split;
        this.files = files;
        this.classNames = classNames;
        this.size = files.stream().mapToInt(CifarRecords::size).reduce(0, Math::addExact);
    }

    static CifarSet open(Specification specification, CifarFormat format) throws IOException {
        String split = specification.requireSplit();
        String name = specification.kind() + ":" + specification.path() + "#" + split;
        Path path = specification.path();
        if (Files.isRegularFile(path)) {
            try {
                return CifarArchive.open(path, name, format, split);
            } catch (NoClassDefFoundError e) {
                throw MissingLibrary.of("org.apache.commons:commons-compress", path, e);
            }
        }
        if (!Files.isDirectory(path)) {
            throw new NoSuchFileException(
                    path.toString(),
                    null,
                    "no such folder or archive; expected the folder " + format.folder + " or " + format.archive);
        }
        return openFolder(path, name, format, split);
    }

    private static CifarSet openFolder(Path path, String name, CifarFormat format, String split) throws IOException {
        List<String> names = format.files(split);
        Path folder = Files.isDirectory(path.resolve(format.folder)) && !Files.exists(path.resolve(names.get(0)))
                ? path.resolve(format.folder)
                : path;
        List<CifarRecords> files = new ArrayList<>();
        for (String file : names) {
            Path place = folder.resolve(file);
            if (!Files.isRegularFile(place)) {
                throw new NoSuchFileException(
                        place.toString(),
                        null,
                        "the " + format.title + " " + split + " images need " + String.join(", ", names)
                                + " (the binary version)");
            }
            try (InputStream stream = Files.newInputStream(place)) {
                files.add(CifarRecords.read(format, stream, place.toString(), Files.size(place)));
            }
        }
        Path namesFile = folder.resolve(format.namesFile);
        if (!Files.isRegularFile(namesFile)) {
            return new CifarSet(name, format.imageNames(split), files, ClassNames.numbered(format.classes));
        }
        try (InputStream stream = Files.newInputStream(namesFile)) {
            return new CifarSet(
                    name, format.imageNames(split), files, readClassNames(format, stream, namesFile.toString()));
        }
    }

    static List<String> readClassNames(CifarFormat format, InputStream stream, String place) throws IOException {
        byte[] bytes = stream.readNBytes(MAX_NAMES_BYTES);
        List<String> names = new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (names.size() != format.classes) {
            throw new CorruptDataException(
                    place + " has " + names.size() + " class names: expected " + format.classes + ", one a line");
        }
        return names;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int label(int index) {
        return record(index, CifarRecords::label);
    }

    @Override
    public String imageName(int index) {
        return split + " " + Objects.checkIndex(index, size);
    }

    @Override
    public Image image(int index) {
        return record(index, CifarRecords::image);
    }

    private <T> T record(int index, BiFunction<CifarRecords, Integer, T> read) {
        int record = Objects.checkIndex(index, size);
        for (CifarRecords file : files) {
            if (record < file.size()) {
                return read.apply(file, record);
            }
            record -= file.size();
        }
        throw new IndexOutOfBoundsException(index);
    }
}
